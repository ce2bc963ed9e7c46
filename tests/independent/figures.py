#!/usr/bin/env python3
"""The figures of `aisle-server report progress` against sums made by another tool from the same files.

Reads the CSV files itself, adds up in SQLite, works out periods and windows on its own, and compares every row of random
cuts. Shares no code with Aisle. Standard library only. Called by `cargo xtask check-figures`.
"""

import argparse
import csv
import datetime as dt
import gzip
import io
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from decimal import ROUND_HALF_UP, Decimal

DAY = dt.timedelta(days=1)


# Periods as (first, last), worked out here and not by Aisle.
def period_of(kind, day):
    if kind == "year":
        return dt.date(day.year, 1, 1), dt.date(day.year, 12, 31)
    if kind == "quarter":
        month = (day.month - 1) // 3 * 3 + 1
        return dt.date(day.year, month, 1), end_of_month(dt.date(day.year, month + 2, 1))
    if kind == "month":
        return day.replace(day=1), end_of_month(day)
    if kind == "week":
        monday = day - DAY * day.weekday()
        return monday, monday + DAY * 6
    return day, day


def end_of_month(day):
    return (day.replace(day=28) + DAY * 4).replace(day=1) - DAY


def name_of(kind, first):
    if kind == "year":
        return f"{first.year:04}"
    if kind == "quarter":
        return f"{first.year:04}-Q{(first.month - 1) // 3 + 1}"
    if kind == "month":
        return f"{first.year:04}-{first.month:02}"
    if kind == "week":
        year, week, _ = first.isocalendar()
        return f"{year:04}-W{week:02}"
    return first.isoformat()


def year_before(kind, first):
    if kind == "week":
        year, week, _ = first.isocalendar()
        try:
            monday = dt.date.fromisocalendar(year - 1, week, 1)
        except ValueError:
            monday = dt.date.fromisocalendar(year - 1, week - 1, 1)
        return monday, monday + DAY * 6
    try:
        same = first.replace(year=first.year - 1)
    except ValueError:
        same = dt.date(first.year - 1, 2, 28)
    return period_of(kind, same)


def same_days(elapsed, period, other):
    """As many days of the other period as have elapsed of this one; the whole other one when this one is over."""
    if elapsed[1] >= period[1]:
        return other
    last = other[0] + (elapsed[1] - elapsed[0])
    return other[0], min(last, other[1])


def minor(text, unit):
    """An amount in minor units. Files written from floats hold 7669.200000000001: rounded, and never by more than noise."""
    exact = Decimal(text) * unit
    whole = exact.to_integral_value(rounding=ROUND_HALF_UP)
    if abs(exact - whole) > Decimal("0.000001"):
        sys.exit(f"{text} is no amount of whole minor units")
    return int(whole)


class Data:
    """One organisation: the files, and the same rows in SQLite."""

    def __init__(self, folder, territories, people, products, shops, actuals, digits):
        self.db = sqlite3.connect(":memory:")
        self.parents = {row["id"]: row["parent"] for row in territories}
        self.db.execute("CREATE TABLE shop (id TEXT PRIMARY KEY, region, territory, person, channel, tier)")
        self.db.execute("CREATE TABLE product (id TEXT PRIMARY KEY, category)")
        self.db.execute("CREATE TABLE fact (shop, product, day, sales INTEGER, quantity INTEGER)")
        for shop in shops:
            row = (shop["id"], self.region(shop["territory"]), shop["territory"], shop.get("rep", ""))
            self.db.execute("INSERT INTO shop VALUES (?,?,?,?,?,?)", row + (shop.get("channel", ""), shop.get("tier", "")))
        self.db.executemany("INSERT INTO product VALUES (?,?)", [(p["id"], p["category"]) for p in products])
        known = {p["id"] for p in products}
        unit = 10**digits
        facts = [
            (a["shop"], a["product"], a["date"], minor(a["amount"], unit), int(a["quantity"]))
            for a in actuals
            if a["product"] in known
        ]
        self.db.executemany("INSERT INTO fact VALUES (?,?,?,?,?)", facts)
        self.db.execute("CREATE INDEX by_day ON fact (day)")
        self.lines = len(facts)
        first, last = self.db.execute("SELECT MIN(day), MAX(day) FROM fact").fetchone()
        self.first, self.last = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
        self.folder = folder

    def region(self, territory):
        path = [territory]
        while self.parents.get(path[-1]):
            path.append(self.parents[path[-1]])
        path.reverse()
        return path[1] if len(path) > 1 else path[-1]

    def sums(self, by, metric, window):
        """Sums by key over a window; `None` when the data hold nothing at all in it."""
        columns = {
            "region": "shop.region", "territory": "shop.territory", "person": "shop.person", "shop": "shop.id",
            "channel": "shop.channel", "tier": "shop.tier", "category": "product.category", "product": "product.id",
        }
        keys = ", ".join(columns[name] for name in by) or "''"
        rows = self.db.execute(
            f"SELECT {keys}, SUM(fact.{metric}) FROM fact JOIN shop ON shop.id = fact.shop"
            f" JOIN product ON product.id = fact.product WHERE day BETWEEN ? AND ? GROUP BY {keys}",
            (window[0].isoformat(), window[1].isoformat()),
        ).fetchall()
        if not by:
            rows = [("", row[1]) for row in rows if row[1] is not None]
            return {(): value for _, value in rows} if rows else None
        return {tuple(row[:-1]): row[-1] for row in rows} or None

    def targets(self, by, metric, window):
        """Targets derived with the factor 1.05, of the whole months in a window, worked out by hand from the year before."""
        columns = {"region": "region", "territory": "territory", "person": "person", "shop": "id", "channel": "channel", "tier": "tier"}
        sums = {}
        month = window[0].replace(day=1)
        while month <= window[1]:
            before = dt.date(month.year - 1, month.month, 1)
            covered = self.first <= before and end_of_month(before) <= self.last
            if month.year in self.years and covered:
                rows = self.db.execute(
                    f"SELECT shop, SUM({metric}) FROM fact WHERE day BETWEEN ? AND ? AND day NOT LIKE '%-02-29' GROUP BY shop",
                    (before.isoformat(), end_of_month(before).isoformat()),
                )
                for shop, amount in rows.fetchall():
                    target = (amount * 10500 + 5000) // 10000
                    if target > 0:
                        where = self.db.execute(
                            f"SELECT {', '.join(columns[b] for b in by) or 1} FROM shop WHERE id = ?", (shop,)
                        ).fetchone()
                        key = tuple(where) if by else ()
                        sums[key] = sums.get(key, 0) + target
            month = (end_of_month(month) + DAY)
        return sums


def run(server, *args):
    done = subprocess.run([server, *args], capture_output=True, text=True, env={**os.environ, "AISLE_LOG": "warn"})
    if done.returncode:
        sys.exit(f"{' '.join(args)}\n{done.stderr}")
    return done.stdout


def cut(rng, data):
    """A random cut: dimensions, a kind of period, a day, a metric."""
    flat = ["region", "territory", "person", "shop", "channel", "tier", "category", "product"]
    by = rng.sample(flat, rng.choice([0, 1, 1, 2, 2, 3]))
    kind = rng.choice(["year", "quarter", "month", "month", "week", "day"])
    finer = {"year": ["quarter", "month"], "quarter": ["month"], "month": ["day"], "week": ["day"], "day": []}[kind]
    time = rng.choice([None, None, *finer])
    # Most in the second year, so that there is something to compare with; some beyond the data on either side.
    day = data.first + DAY * rng.randrange(-5, (data.last - data.first).days + 20)
    return by, kind, time, day, rng.choice(["sales", "quantity"])


def expected(data, by, kind, time, day, metric):
    period = period_of(kind, day)
    tiles = [(kind, period)]
    if time:
        tiles, at = [], period[0]
        while at <= period[1]:
            tiles.append((time, period_of(time, at)))
            at = tiles[-1][1][1] + DAY
    rows = {}
    for of, tile in tiles:
        with_targets = of in ("year", "quarter", "month") and not {"category", "product"} & set(by)
        targets = data.targets(by, metric, tile) if with_targets else {}
        now = last_year = last_period = None
        if day >= tile[0]:
            elapsed = tile[0], min(day, tile[1])
            now = data.sums(by, metric, elapsed)
            last_year = data.sums(by, metric, same_days(elapsed, tile, year_before(of, tile[0])))
            last_period = data.sums(by, metric, same_days(elapsed, tile, period_of(of, tile[0] - DAY)))
        keys = set(now or {}) | set(last_year or {}) | set(last_period or {}) | set(targets)
        for key in keys:
            known = [None if sums is None else sums.get(key, 0) for sums in (last_year, last_period)]
            target = targets.get(key) if with_targets else "not compared"
            rows[key + ((name_of(of, tile[0]),) if time else ())] = (target, (now or {}).get(key, 0), *known)
    return rows


def compare(server, data, rng, number):
    by, kind, time, day, metric = cut(rng, data)
    words = by + ([time] if time else [])
    args = ["report", "progress", "--data", data.folder, "--period", kind, "--as-of", day.isoformat()]
    args += ["--metric", metric, "--format", "json"] + (["--by", ",".join(words)] if words else [])
    report = json.loads(run(server, *args))
    expect = expected(data, by, kind, time, day, metric)
    seen = {}
    for row in report["rows"]:
        key = tuple(row[word] for word in words)
        target = expect[key][0] if key in expect and expect[key][0] == "not compared" else row["target"]
        seen[key] = (target, row["actual"], row["last_year"], row["last_period"])
    # Only shops with a target may stand in a period of days and weeks without anything sold.
    for key in [key for key in seen if key not in expect and seen[key][1] == 0]:
        if kind in ("week", "day") or time == "day":
            del seen[key]
    label = f"cut {number}: by {','.join(words) or 'nothing'}, {kind} at {day}, {metric}"
    if seen != expect:
        wrong = [key for key in set(seen) | set(expect) if seen.get(key) != expect.get(key)]
        for key in sorted(wrong, key=str)[:5]:
            print(f"  {key}: report {seen.get(key)}, here {expect.get(key)}")
        sys.exit(f"{label}: {len(wrong)} of {len(expect)} rows differ")
    print(f"{label}: {len(expect)} rows agree")
    return len(expect)


def rows_of(path):
    opened = gzip.open(path, "rt", encoding="utf-8") if path.endswith(".gz") else open(path, encoding="utf-8")
    with opened as file:
        return list(csv.DictReader(file))


def write(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def iowa(server, demo, folder):
    files = ["territories.csv", "people.csv", "products.csv", "shops.csv", "actuals.csv.gz"]
    paths = [os.path.join(demo, name) for name in files]
    run(server, "init", "--data", folder, "--name", "Check", "--currency", "USD")
    run(server, "import", "--data", folder, *paths)
    run(server, "targets", "derive", "--data", folder, "--factor", "1.05", "--all")
    data = Data(folder, *(rows_of(path) for path in paths), 2)
    data.years = {2019, 2020}
    return data


def iowa_as_published(server, source, folder):
    """The State's own files, whole and untouched; only the tree of counties is added, which they do not hold."""
    paths = {name: os.path.join(source, name) for name in ["products.csv", "stores.csv", "sales_2018_2019.csv.gz"]}
    stores, lines = rows_of(paths["stores.csv"]), rows_of(paths["sales_2018_2019.csv.gz"])
    counties = sorted({store["County"] for store in stores if store["County"]})
    territories = [{"id": "IA", "name": "Iowa", "parent": ""}]
    territories += [{"id": county, "name": county.title(), "parent": "IA"} for county in counties]
    os.makedirs(folder)
    tree, report = write(os.path.join(folder, "territories.csv"), territories), os.path.join(folder, "report.json")
    run(server, "init", "--data", folder, "--name", "Check", "--currency", "USD")
    began = time.monotonic()
    run(server, "import", "--data", folder, "--report", report, tree, *paths.values())
    print(f"imported in {time.monotonic() - began:.1f} s")
    products = [{"id": p["Item Number"], "category": p["Category Name"]} for p in rows_of(paths["products.csv"])]
    # Shops without a county have no territory and are refused; nothing was sold in them.
    shops = [{"id": s["Store"], "territory": s["County"]} for s in stores if s["County"]]
    names = {"Date": "date", "Store Number": "shop", "Item Number": "product", "Bottles Sold": "quantity"}
    names["Sale (Dollars)"] = "amount"
    actuals = [{name: line[header] for header, name in names.items()} for line in lines]
    known = {product["id"] for product in products}
    refused = {number + 2 for number, line in enumerate(actuals) if line["product"] not in known}
    with open(report, encoding="utf-8") as file:
        of_file = {part["table"]: part for part in json.load(file)}
    said = of_file["actuals"]
    if (said["rows"], said["accepted"]) != (len(lines), len(lines) - len(refused)):
        sys.exit(f"{said['rows']} lines, {said['accepted']} taken; here {len(lines)} and {len(lines) - len(refused)}")
    if {(line["line"], line["column"]) for line in said["refused"]} != {(line, "product") for line in refused}:
        sys.exit("other lines were refused than those of unknown items")
    empty = {number + 2 for number, store in enumerate(stores) if not store["County"]}
    if {line["line"] for line in of_file["shops"]["refused"]} != empty:
        sys.exit("other shops were refused than those without a county")
    print(f"{said['rows']} lines, {said['accepted']} taken, {len(refused)} of an unknown item refused by name")
    run(server, "targets", "derive", "--data", folder, "--factor", "1.05", "--all")
    data = Data(folder, territories, [], products, shops, actuals, 2)
    data.years = {2019, 2020}
    return data


def complete_journey(server, source, folder):
    sales = rows_of(os.path.join(source, "sales_2017.csv.gz"))
    products = [
        {"id": p["product_id"], "name": p["product_type"] or "?", "category": p["product_category"] or "?"}
        for p in rows_of(os.path.join(source, "products.csv"))
    ]
    territories = [{"id": "cj", "name": "Complete Journey", "parent": ""}]
    shops = [{"id": s, "name": f"Store {s}", "territory": "cj"} for s in sorted({row["store_id"] for row in sales})]
    actuals = [
        {
            "date": row["date"], "shop": row["store_id"], "product": row["product_id"],
            "quantity": row["quantity"], "amount": f"{Decimal(row['sales_value']):.2f}",
        }
        for row in sales
    ]
    os.makedirs(folder)
    tables = {"territories": territories, "products": products, "shops": shops, "actuals": actuals}
    paths = [write(os.path.join(folder, f"{name}.csv"), rows) for name, rows in tables.items()]
    run(server, "init", "--data", folder, "--name", "Check", "--currency", "USD")
    began = time.monotonic()
    run(server, "import", "--data", folder, *paths)
    print(f"imported in {time.monotonic() - began:.1f} s")
    data = Data(folder, territories, [], products, shops, actuals, 2)
    data.years = set()
    return data


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("server", help="the aisle-server program")
    args.add_argument("demo", help="the folder demo/")
    args.add_argument("--iowa", help="the folder of Iowa's files as published, where they are there")
    args.add_argument("--journey", help="the folder of Complete Journey, where it is there")
    args.add_argument("--cuts", type=int, default=50)
    args.add_argument("--seed", type=int, default=None)
    args = args.parse_args()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory() as folder:
        sets = [("the bundled Iowa 2018–2019", lambda to: iowa(args.server, args.demo, to))]
        if args.iowa:
            sets.append(("Iowa 2018–2019 as published", lambda to: iowa_as_published(args.server, args.iowa, to)))
        if args.journey and os.path.isdir(args.journey):
            sets.append(("Complete Journey 2017", lambda to: complete_journey(args.server, args.journey, to)))
        else:
            print("Complete Journey is not here and is left out")
        for number, (name, load) in enumerate(sets):
            data = load(os.path.join(folder, str(number)))
            print(f"{name}: {data.lines} lines, {data.first} to {data.last}")
            rng, began = random.Random(seed), time.monotonic()
            rows = sum(compare(args.server, data, rng, cut + 1) for cut in range(args.cuts))
            print(f"{name}: {args.cuts} cuts, {rows} rows, all agree; {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", line_buffering=True)
    main()
