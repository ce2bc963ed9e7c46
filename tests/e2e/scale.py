"""Makes the tables of a large organisation, for `cargo run -p aisle-e2e --bin scale`. Every run makes the same ones.

python3 tests/e2e/scale.py lead FOLDER   10,000 shops x 24 months x 4 categories, for a manager
python3 tests/e2e/scale.py rep FOLDER    300 shops x 730 days x 6 categories, for a rep

Then, with a new data folder DATA:
    aisle-server init --data DATA --name Scale --currency USD
    aisle-server import --data DATA FOLDER/*.csv FOLDER/actuals.csv.gz
    aisle-server targets derive --data DATA --factor 1.05 --year 2026
"""

import csv
import datetime
import gzip
import os
import random
import sys

LAST = datetime.date(2026, 11, 26)


def main(kind, folder):
    lead = kind == "lead"
    regions, towns, per_town, categories = (10, 10, 100, 4) if lead else (1, 3, 100, 6)
    os.makedirs(folder, exist_ok=True)
    dice = random.Random(7)

    def table(name, header, rows):
        with open(os.path.join(folder, name + ".csv"), "w", newline="") as file:
            out = csv.writer(file)
            out.writerow(header.split(","))
            out.writerows(rows)

    places = [(r, t) for r in range(regions) for t in range(towns)]
    land = [("land", "Land", "")] + [(f"r{r}", f"Region {r}", "land") for r in range(regions)]
    table("territories", "id,name,parent", land + [(f"t{r}{t}", f"Town {r}-{t}", f"r{r}") for r, t in places])
    people = [("manager", "manager", "demo-manager", "Mei Chen", "manager", "land")]
    if lead:
        people += [(f"rep{r}{t}",) * 2 + (f"demo-rep{r}{t}", f"Rep {r}-{t}", "rep", f"t{r}{t}") for r, t in places]
    else:
        people += [("rep1", "rep1", "demo-rep1", "Hannah Weber", "rep", "r0")]
    table("people", "id,login,password,name,role,territory", people)
    goods = [(f"p{c}", f"Product {c}", f"Category {c}", "V", 750, 6, "", "10.00") for c in range(categories)]
    table("products", "id,name,category,vendor,volume_ml,pack,barcode,price", goods)
    shops = []
    for r, t in places:
        for s in range(per_town):
            n = len(shops)
            channel, tier = ("ka", "chain", "specialty")[n % 3], "ABC"[n % 3]
            where = (f"{41 + r / 10 + s / 1000:.5f}", f"{-93 - t / 10:.5f}")
            rep = f"rep{r}{t}" if lead else "rep1"
            row = (f"s{n:05}", f"Shop {n:05}", f"{n} Main St", f"Town {r}-{t}", "50000", f"t{r}{t}", channel, tier)
            shops.append(row + where + ("active", rep, 1 + n % 5))
    columns = "id,name,address,city,zip,territory,channel,tier,latitude,longitude,status,rep,visit_weekdays"
    table("shops", columns, shops)
    if lead:
        months = [(2024 + m // 12, m % 12 + 1) for m in range(11, 35)]
        days = [datetime.date(year, month, 15) for year, month in months]
    else:
        days = [LAST - datetime.timedelta(ago) for ago in range(729, -1, -1)]
    with gzip.open(os.path.join(folder, "actuals.csv.gz"), "wt", compresslevel=1) as file:
        file.write("date,shop,product,quantity,amount\n")
        for shop in shops:
            for day in days:
                for c in range(categories):
                    quantity = 1 + dice.randrange(9)
                    amount = quantity * (3 + c) + dice.randrange(100) / 100
                    file.write(f"{day},{shop[0]},p{c},{quantity},{amount:.2f}\n")


main(*sys.argv[1:3])
