"""Public tables of ``../shared/data`` written as people keep them.

Each function returns the lines of a file; the column to predict is named in `FILES`. Nothing is
added that helps to predict: dates, notes and ids are drawn at random or repeat what is there.
"""

import csv
import gzip
import io
from datetime import date, timedelta
from pathlib import Path

import numpy as np

DATA = Path(__file__).parents[3] / "shared" / "data"


def _rows(name, n_rows, seed):
    """Some rows of a table, each a dict of text, and a source of randomness."""
    text = gzip.decompress((DATA / f"{name}.csv.gz").read_bytes()).decode()
    rows, rng = list(csv.DictReader(io.StringIO(text))), np.random.default_rng(seed)
    return [rows[i] for i in rng.permutation(len(rows))[:n_rows]], rng


def _lines(header, rows, delimiter=","):
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue().splitlines()


def _german(value, digits):
    return f"{float(value):,.{digits}f}".translate(str.maketrans(",.", ".,"))


def _some_day(rng, first=date(2019, 1, 1), days=1500):
    return first + timedelta(int(rng.integers(days)))


def shop():
    """Diamonds: prices in dollars, weights and lengths with units, the grade as a sentence."""
    rows, rng = _rows("diamonds", 6000, 11)
    made = []
    for i, row in enumerate(rows):
        stone = f"{row['cut']} cut, colour {row['color']}, clarity {row['clarity']}"
        sizes = ["" if rng.random() < 0.04 else f"{float(row[k]):.2f} mm" for k in "xyz"]
        depth = rng.choice(["n/a", f"{row['depth']} %"], p=[0.03, 0.97])
        day = f"{_some_day(rng):%m/%d/%Y}"
        price = f"${int(row['target']):,}"
        made.append([f"SKU-{i:06d}", day, stone, f"{row['carat']} ct", depth, *sizes, price])
    header = ["sku", "listed", "description", "weight", "depth", "x", "y", "z", "price"]
    return _lines(header, made)


def laboratory():
    """Concrete: German numbers with units, days and weeks of age, a comment, a target in MPa."""
    rows, rng = _rows("concrete", 2000, 12)
    parts = ("cement", "slag", "fly_ash", "water", "superplasticizer", "coarse_agg", "fine_agg")
    made = []
    for i, row in enumerate(rows):
        kilos = ["" if row[k] == "0.0" else f"{_german(row[k], 1)} kg/m³" for k in parts]
        remark = rng.choice(["", "ok", "Probe nass", "Form neu, siehe Blatt 3"])
        day = f"{_some_day(rng):%d.%m.%y}"
        strength = f"{_german(row['target'], 2)} MPa"
        made.append([i + 1, day, *kilos, f"{row['age']} Tage", remark, strength])
    header = ["Nr", "Datum", "Zement", "Schlacke", "Asche", "Wasser", "Verflüssiger"]
    header += ["Kies", "Sand", "Alter", "Bemerkung", "Festigkeit"]
    return ["sep=;", *_lines(header, made, ";")]


def customers():
    """Telephone contracts: the day of joining instead of months, words in three spellings."""
    rows, rng = _rows("telco_churn", 8000, 13)
    today = date(2024, 3, 1)
    names = [n for n in rows[0] if n not in ("tenure", "target", "MonthlyCharges", "TotalCharges")]
    made = []
    for i, row in enumerate(rows):
        joined = today - timedelta(int(30.4 * float(row["tenure"])) + int(rng.integers(28)))
        total = row["TotalCharges"]
        money = [f"${row['MonthlyCharges']}/mo", f"{float(total):,.2f}" if total else "-"]
        words = [rng.choice([row[n], row[n].upper(), f" {row[n]}"]) for n in names]
        label = {"1": "left", "0": "stayed"}.get(row["target"], row["target"])
        made.append(
            [f"{i:04d}-{rng.integers(10**6):06d}", joined.isoformat(), *words, *money, label]
        )
    header = ["customer", "joined", *names, "monthly", "total", "outcome"]
    return _lines(header, made)


def survey():
    """Incomes: tabs, ranges of age as words, hours as text, questions left blank."""
    rows, rng = _rows("adult", 9000, 14)
    made = []
    for row in rows:
        hours = "" if rng.random() < 0.06 else f"{row['hours_per_week']} hours"
        gain = f"{int(float(row['capital_gain'])):,}"
        born = 1994 - int(float(row["age"]))
        work = f"{row['occupation'] or 'not said'} ({row['workclass'] or '?'})"
        asked = f"{_some_day(rng, date(1994, 1, 1), 300):%d %b %Y}"
        others = [row[n] for n in ("education", "marital_status", "relationship", "sex")]
        made.append([asked, born, work, *others, hours, gain, row["native_country"], row["target"]])
    header = ["asked", "year of birth", "work", "school", "family", "role", "sex", "per week"]
    return _lines([*header, "gains", "country", "income"], made, "\t")


#: Name → what makes it, and the column to predict.
FILES = {
    "shop": (shop, "price"),
    "laboratory": (laboratory, "Festigkeit"),
    "customers": (customers, "outcome"),
    "survey": (survey, "income"),
}
