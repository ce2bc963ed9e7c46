// Uploads one file with the real tus-js-client and prints what came of it as one line of JSON.
//
// node upload.cjs PACKAGE OPTIONS; OPTIONS is JSON: { endpoint, cookie, file, metadata, chunkSize?, checksums?, wrongOnce?,
// uploadUrl? }

const { createHash } = require("node:crypto");
const { readFileSync } = require("node:fs");

const [, , folder, text] = process.argv;
const tus = require(folder);
const options = JSON.parse(text);
const bytes = readFileSync(options.file);
const requests = [];
let wrong = options.wrongOnce ? 1 : 0;

const upload = new tus.Upload(bytes, {
  endpoint: options.endpoint,
  uploadUrl: options.uploadUrl ?? null,
  metadata: options.metadata,
  headers: { Cookie: options.cookie },
  chunkSize: options.chunkSize ?? Infinity,
  retryDelays: [0, 10, 20, 40, 80, 160, 160, 160],
  storeFingerprintForResuming: false,
  removeFingerprintOnSuccess: false,
  onBeforeRequest(request) {
    if (request.getMethod() !== "PATCH" || !options.checksums) return;
    const from = Number(request.getHeader("Upload-Offset"));
    const chunk = bytes.subarray(from, Math.min(bytes.length, from + options.chunkSize));
    const digest = createHash("sha256").update(wrong > 0 ? "something else" : chunk).digest("base64");
    wrong -= 1;
    request.setHeader("Upload-Checksum", `sha256 ${digest}`);
  },
  onAfterResponse(request, response) {
    const offset = request.getHeader("Upload-Offset");
    requests.push([request.getMethod(), offset === undefined ? null : Number(offset), response.getStatus()]);
  },
  // 460 (checksum) is worth another try, as 409 and 423 are; other refusals are final.
  onShouldRetry(error) {
    const status = error.originalResponse ? error.originalResponse.getStatus() : 0;
    return status === 0 || status === 409 || status === 423 || status === 460 || status >= 500;
  },
  onSuccess() {
    done({ ok: true, url: upload.url });
  },
  onError(error) {
    const status = error.originalResponse ? error.originalResponse.getStatus() : 0;
    done({ ok: false, status, message: String(error.message ?? error) });
  },
});

function done(outcome) {
  console.log(JSON.stringify({ ...outcome, requests }));
  process.exit(0);
}

upload.start();
