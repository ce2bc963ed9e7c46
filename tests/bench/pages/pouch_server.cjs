// express-pouchdb with its own store in a folder, and the pages beside it. Started by the bench: PORT FOLDER PAGES.
const express = require('express');
const PouchDB = require('pouchdb');

const [port, folder, pages] = process.argv.slice(2);
const app = express();
const Here = PouchDB.defaults({ prefix: `${folder}/` });
app.use('/db', require('express-pouchdb')(Here, { mode: 'minimumForPouchDB', logPath: `${folder}/log.txt`, configPath: `${folder}/config.json` }));
app.use(express.static(pages));
app.listen(Number(port), '127.0.0.1');
