#!/usr/bin/env python3
"""Derives the bundled demo data set from the raw Iowa Liquor Sales extract.

    python3 demo/derive.py RAW_FOLDER [OUTPUT_FOLDER]

RAW_FOLDER holds `stores.csv`, `products.csv` and `sales_2018_2019.csv.gz` as described in `demo/README.md`;
OUTPUT_FOLDER is the folder of this script unless given. Only the standard library is used.

What it does: takes over shops, products and every line of sales; tidies the spelling; derives channel, tier, regions,
rep areas and must-sell list; invents people and visit weekdays. What it does not do: move dates (the import does) or
make targets (the demo set-up does, from these actuals).

It is deterministic: no randomness, no clock, no floating point in any decision, every tie broken by id. It would
rather stop than guess: an unknown kind of shop, an unreadable amount or a sum that does not come out raises.
"""

import csv
import gzip
import io
import re
import sys
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

REPS_PER_REGION = 3
TIERS = ("A", "B", "C")
MUST_SELL_LENGTH = {"A": 8, "B": 7, "C": 6}
MUST_SELL_SHOPS = 3
TIER_YEAR = "2019"

# ---------------------------------------------------------------------------------------------------- spelling

# Written in capitals wherever they stand: initials, compass points, legal forms, trade abbreviations.
CAPITALS = set("BDI CVS DM DSM DSS LL LLC NE NW PET PG RTD SE SW US USA UV VS VSOP WDM".split())
# Written small unless they come first.
SMALL = {"and", "of", "the"}
# Words whose inner capital no rule can know.
SPELLING = {"mccormick": "McCormick", "mcgillicuddys": "McGillicuddys", "leclaire": "LeClaire",
            "dekuyper": "DeKuyper", "rumchata": "RumChata"}


def title_word(word, first):
    """One word, without blanks, in title case; `first` when it opens the text."""
    if word.upper() in CAPITALS:
        return word.upper()
    low = word.lower()
    if low in SPELLING:
        return SPELLING[low]
    if low in SMALL and not first:
        return low
    # A letter is capital at the start, after one initial with an apostrophe (O'Brien, but Casey's), and after digits
    # when it is the only one (7X, but 4th).
    low = re.sub(r"^([a-z])", lambda m: m[1].upper(), low)
    low = re.sub(r"^([A-Z]')([a-z])", lambda m: m[1] + m[2].upper(), low)
    return re.sub(r"^(\d+)([a-z])$", lambda m: m[1] + m[2].upper(), low)


def title(text):
    """Title case; blanks are collapsed and everything that is not a word stays as it is."""
    text = " ".join(text.split())
    parts = re.findall(r"[A-Za-z0-9']+|[^A-Za-z0-9']+", text)
    words = [i for i, part in enumerate(parts) if re.match(r"[A-Za-z0-9']", part)]
    for i in words:
        parts[i] = title_word(parts[i], first=i == words[0])
    return "".join(parts)


def shop_name(raw, city):
    """`YESWAY STORE # 10034/ BELMOND` becomes `Yesway Store #10034 / Belmond`; a town cut short is completed."""
    text = re.sub(r"#\s+", "#", raw)
    head, slash, town = re.sub(r"\s*/\s*", " / ", text).rpartition(" / ")
    if slash and len(town) >= 5 and city.startswith(town):
        town = city
    return title(head + slash + town)


def street(raw):
    """The source puts a comma behind many house numbers (`812, SIXTH  ST SW`)."""
    return title(re.sub(r"^(\d+),\s*", r"\1 ", raw))


def volume(ml):
    """1750 becomes `1.75 L`, 750 becomes `750 ml`."""
    return f"{ml} ml" if ml < 1000 else f"{(Decimal(ml) / 1000).normalize()} L"


def product_name(raw, ml):
    """Proof and age are written out; the volume is added, because the source names all sizes of an item alike."""
    text = re.sub(r"(\d)PRF\b", r"\1 PROOF", raw)
    text = re.sub(r"(\d)YR\b", r"\1 YEAR", text)
    return f"{title(text)} {volume(ml)}"


def category_name(raw):
    """Two categories are spelt with and without the plural."""
    return title(re.sub(r"LIQUEUR$", "LIQUEURS", raw) if "CORDIALS" in raw else raw)


def barcode(raw):
    """UPC-A of 12 digits. The source lost leading zeros and gained `.0` by passing through a float."""
    code = raw.removesuffix(".0").zfill(12)
    odd, even = (sum(map(int, code[start:11:2])) for start in (0, 1))
    if len(code) != 12 or (odd * 3 + even + int(code[11])) % 10:
        raise ValueError(f"not a UPC: {raw}")
    return code


# ------------------------------------------------------------------------------------------------------ channel

# First match wins, on the name as the source has it. A retailer's name beats the kind of shop: a Hy-Vee wine store
# is bought for by the same key account as the supermarket beside it.
CHANNELS = (
    # Supermarkets, general merchandise and warehouse clubs of national or state-wide retailers.
    ("ka", r"HY-VEE|WAL-MART|SAM'S CLUB|COSTCO|FAREWAY|TARGET STORE"),
    # Drugstores and regional supermarket chains.
    ("chain", r"CVS|WALGREENS|HARTIG|PRICE CHOPPER|QUILLINS"),
    # Petrol stations, mini marts, and the small groceries of a neighbourhood or a village.
    ("convenience", r"CASEY'S|KUM & GO|KWIK|QUIK TRIP|YESWAY|MINI MART|W-MART|PRONTO|CORNER STORE|THE COOLER"
                    r"|JIM'S FOODS|NORTH SCOTT FOODS|GROCERY|GRAETTINGER MARKET|SIOUX FOOD CENTER"),
    # Shops for liquor, wine, beverages or tobacco.
    ("specialty", r"LIQUOR|SPIRITS|WINE|TOBACCO|BEVERAGE|CORK IT|CENTRAL CITY 2|BENZ DISTRIBUTING"),
)


def channel(name):
    """The channel of a shop, from its name."""
    for key, pattern in CHANNELS:
        if re.search(pattern, name):
            return key
    raise ValueError(f"no rule for the kind of shop: {name}")


# ---------------------------------------------------------------------------------------------------- geography

def metres(row):
    """Whole metres on a plane true at 42° north: distances are good to 3 % across Iowa, and integers compare the same everywhere."""
    lat, lon = Decimal(row["latitude"]), Decimal(row["longitude"])
    return int(lon * Decimal("82730")), int(lat * Decimal("111320"))


def distance2(a, b):
    """Squared distance of two points, square metres."""
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2


def western_half(counties):
    """The most westerly set of whole counties that holds exactly half of the shops.

    A knapsack over counties: of all sets with the wanted number of shops, the one with the smallest sum of eastings.
    """
    half, odd = divmod(sum(len(points) for points in counties.values()), 2)
    if odd:
        raise ValueError("an odd number of shops has no half")
    best = {0: (0, ())}
    for county in sorted(counties):
        points = counties[county]
        easting = sum(x for x, _ in points)
        for count, (cost, chosen) in sorted(best.items(), reverse=True):
            reached, candidate = count + len(points), (cost + easting, chosen + (county,))
            if reached <= half and (reached not in best or candidate < best[reached]):
                best[reached] = candidate
    return set(best[half][1])


def compact_parts(points, parts):
    """Splits `{id: point}` into equally large, compact parts, ordered from west to east.

    Exchanges pairs until no exchange makes the parts more compact (smaller sum of squared distances to the part's
    centre), from several straight cuts, and keeps the best end. With parts of equal size the sum of squared distances
    is smallest where the sum of |Σ points|² is largest, which integers answer exactly.
    """
    ids, size = sorted(points, key=int), len(points) // parts
    if size * parts != len(points):
        raise ValueError("the shops cannot be shared out evenly")
    best = None
    for dx, dy in ((1, 0), (3, 1), (1, 1), (1, 3), (0, 1), (-1, 3), (-1, 1), (-3, 1)):
        order = sorted(ids, key=lambda i: (points[i][0] * dx + points[i][1] * dy, int(i)))
        member = {i: n // size for n, i in enumerate(order)}
        sums = [[sum(points[i][axis] for i in ids if member[i] == p) for axis in (0, 1)] for p in range(parts)]
        moved = True
        while moved:
            moved = False
            for n, a in enumerate(ids):
                for b in ids[n + 1:]:
                    p, q = member[a], member[b]
                    if p == q:
                        continue
                    step = [points[b][axis] - points[a][axis] for axis in (0, 1)]
                    gain = 2 * sum((sums[p][k] - sums[q][k] + step[k]) * step[k] for k in (0, 1))
                    if gain > 0:
                        for k in (0, 1):
                            sums[p][k] += step[k]
                            sums[q][k] -= step[k]
                        member[a], member[b] = q, p
                        moved = True
        worth = sum(x * x + y * y for x, y in sums)
        if best is None or worth > best[0]:
            best = (worth, member, sums)
    _, member, sums = best
    west_to_east = sorted(range(parts), key=lambda p: sums[p])
    return [[i for i in ids if member[i] == p] for p in west_to_east]


# ---------------------------------------------------------------------------------------- route days (invented)

def nearest_day(days, point, open_days, points):
    """Of the open days, the one with a shop nearest to the point; a day without shops is as good as 50 km away."""
    def key(day):
        return min((distance2(points[i], point) for i in days[day]), default=50_000 ** 2), len(days[day]), day
    return min(open_days, key=key)


def visit_weekdays(ids, tier, sales, points):
    """Invented route days of one rep, `{shop: [ISO weekday]}`.

    A shops are visited twice a week, three or four days apart, the others once; the days from Monday to Saturday get
    the same number of visits (± 1) and Sunday gets two. Among the days with room, a shop goes to the one on which the
    rep is nearest already.
    """
    by_sales = sorted(ids, key=lambda i: (-sales[i], int(i)))
    twice = [i for i in by_sales if tier[i] == "A"]
    once = [i for i in by_sales if tier[i] != "A"]
    days = defaultdict(list)
    for n, shop in enumerate(twice + once[:max(0, 2 - len(twice))]):
        if n < 2:
            pair = (3, 7) if tier[shop] == "A" else (7,)
        else:
            room = [d for d in (1, 2, 3) if len(days[d]) == min(len(days[e]) for e in (1, 2, 3))]
            day = nearest_day(days, points[shop], room, points)
            pair = (day, day + 3)
        for day in pair:
            days[day].append(shop)
    # The farthest first: they have the least choice of company.
    centre = tuple(sum(points[i][axis] for i in ids) // len(ids) for axis in (0, 1))
    placed = {i for day in days.values() for i in day}
    for shop in sorted((i for i in once if i not in placed), key=lambda i: (-distance2(points[i], centre), int(i))):
        load = sum(len(days[d]) for d in range(1, 7))
        left = sum(1 for i in once if i not in placed)
        ceiling = -(-(load + left) // 6)
        day = nearest_day(days, points[shop], [d for d in range(1, 7) if len(days[d]) < ceiling], points)
        days[day].append(shop)
        placed.add(shop)
    return {i: sorted(day for day, shops in days.items() if i in shops) for i in ids}


# ------------------------------------------------------------------------------------------- people (invented)

PEOPLE = (
    # login, name, role, territory
    ("admin", "Grace Holloway", "admin", "iowa"),
    ("manager", "陈晓雯", "manager", "iowa"),
    ("sup1", "周航", "supervisor", "west"),
    ("sup2", "Marcus Reed", "supervisor", "east"),
    ("rep1", "Hannah Lindqvist", "rep", "west"),
    ("rep2", "林子昂", "rep", "west"),
    ("rep3", "Tyler Brandt", "rep", "west"),
    ("rep4", "王思敏", "rep", "east"),
    ("rep5", "Priya Nair", "rep", "east"),
    ("rep6", "赵立新", "rep", "east"),
    ("auditor", "Elena Vargas", "auditor", "iowa"),
)


# --------------------------------------------------------------------------------------------- reading, writing

def read(path):
    """The rows of a CSV file, plain or gzip, as dictionaries."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path, header, rows):
    """Writes CSV: UTF-8, line feeds. A `.gz` holds no name and no time, so that the same rows give the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    data = text.getvalue().encode("utf-8")
    if path.suffix == ".gz":
        packed = io.BytesIO()
        with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as file:
            file.write(data)
        data = packed.getvalue()
    path.write_bytes(data)


def cents(raw):
    """Dollars as whole cents. Some amounts carry the noise of a float (`7669.200000000001`); more than that is refused."""
    exact = Decimal(raw) * 100
    whole = exact.to_integral_value()
    if abs(exact - whole) > Decimal("0.000001"):
        raise ValueError(f"not a whole number of cents: {raw}")
    return int(whole)


def must_sell(sales, shops, products):
    """Rows of the must-sell list: for every channel and tier the products carried by most of its shops.

    Carried means ordered in the year of the tiers; ties go to the larger sales, then to the lower id. Where a
    channel has fewer than three shops of a tier, the order of all its shops is taken: one shop is no assortment.
    """
    rows = []
    for chan, _ in CHANNELS:
        for tier in TIERS:
            same = {i for i, s in shops.items() if s["channel"] == chan}
            group = {i for i in same if shops[i]["tier"] == tier}
            if len(group) < MUST_SELL_SHOPS:
                group = same
            carried, amount = Counter(), Counter()
            for (shop, product), value in sales.items():
                if shop in group and product in products:
                    carried[product] += 1
                    amount[product] += value
            order = sorted(carried, key=lambda p: (-carried[p], -amount[p], int(p)))
            rows += [(chan, tier, product) for product in order[:MUST_SELL_LENGTH[tier]]]
    return rows


def main(raw, out):
    """Reads the raw folder and writes the six files."""
    lines = [(r["Date"], r["Store Number"], r["Item Number"], int(r["Bottles Sold"]), cents(r["Sale (Dollars)"]))
             for r in read(raw / "sales_2018_2019.csv.gz")]
    # By shop, item and day: compresses well, and an import into a table with that key appends instead of seeking.
    lines.sort(key=lambda line: (int(line[1]), int(line[2]), line[0], line[3], line[4]))
    write(out / "actuals.csv.gz", ("date", "shop", "product", "quantity", "amount"),
          ((date, shop, item, count, f"{Decimal(amount) / 100:.2f}") for date, shop, item, count, amount in lines))

    # One item that is sold is missing in the source's list of products. It stays missing.
    items = sorted(read(raw / "products.csv"), key=lambda r: int(r["Item Number"]))
    shared = Counter(barcode(r["UPC"]) for r in items)
    write(out / "products.csv", ("id", "name", "category", "vendor", "volume_ml", "pack", "barcode", "price"), [
        (r["Item Number"], product_name(r["Item Description"], int(r["Bottle Volume (ml)"])),
         category_name(r["Category Name"]), title(r["Vendor Name"]), r["Bottle Volume (ml)"], r["Pack"],
         # A code that stands at several items identifies none of them.
         barcode(r["UPC"]) if shared[barcode(r["UPC"])] == 1 else "",
         f"{Decimal(r['State Bottle Retail']):.2f}") for r in items])
    products = {r["Item Number"] for r in items}

    # Only products that can be imported count, so that tier and must-sell list can be recomputed from the import.
    recent = Counter()
    for date, shop, item, _, amount in lines:
        if date.startswith(TIER_YEAR) and item in products:
            recent[shop, item] += amount
    turnover = Counter()
    for (shop, _), amount in recent.items():
        turnover[shop] += amount

    sold = {line[1] for line in lines}
    shops = {r["Store"]: r for r in read(raw / "stores.csv") if r["Store"] in sold}
    ranking = sorted(shops, key=lambda i: (-turnover[i], int(i)))
    tier = {i: TIERS[n * len(TIERS) // len(ranking)] for n, i in enumerate(ranking)}
    points = {i: metres(r) for i, r in shops.items()}
    counties = defaultdict(list)
    for i, r in shops.items():
        r["channel"], r["tier"] = channel(r["Name"]), tier[i]
        counties[r["County"]].append(points[i])
    west = western_half(counties)

    def territory(county):
        return re.sub(r"[^a-z]+", "-", county.lower().replace("'", ""))

    write(out / "territories.csv", ("id", "name", "parent"), [
        ("iowa", "Iowa", ""), ("west", "Western Iowa & Des Moines", "iowa"), ("east", "Eastern Iowa & Ames", "iowa"),
        *((territory(c), f"{title(c)} County", "west" if c in west else "east") for c in sorted(counties))])

    rep, weekdays = {}, {}
    for region in ("west", "east"):
        inside = {i: p for i, p in points.items() if (shops[i]["County"] in west) == (region == "west")}
        reps = [login for login, _, role, where in PEOPLE if (role, where) == ("rep", region)]
        for login, ids in zip(reps, compact_parts(inside, REPS_PER_REGION), strict=True):
            rep.update(dict.fromkeys(ids, login))
            weekdays.update(visit_weekdays(ids, tier, turnover, points))
    status = {"A": "active", "I": "closed"}
    write(out / "shops.csv", ("id", "name", "address", "city", "zip", "territory", "channel", "tier", "latitude",
                              "longitude", "status", "rep", "visit_weekdays"), [
        (i, shop_name(r["Name"], r["City"]), street(r["Address"]), title(r["City"]), r["Zip Code"],
         territory(r["County"]), r["channel"], r["tier"], r["latitude"], r["longitude"], status[r["Store Status"]],
         rep[i], "|".join(map(str, weekdays[i]))) for i, r in sorted(shops.items(), key=lambda item: int(item[0]))])

    write(out / "must_sell.csv", ("channel", "tier", "product"), must_sell(recent, shops, products))
    write(out / "people.csv", ("id", "login", "password", "name", "role", "territory"),
          [(login, login, f"demo-{login}", name, role, where) for login, name, role, where in PEOPLE])


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: derive.py RAW_FOLDER [OUTPUT_FOLDER]")
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else Path(__file__).parent)
