"""Files as people have them, made from a known rule with noise.

Each function returns the lines of a file and what a perfect model would score, as R2 or accuracy.
The column to predict is the last.
"""

from datetime import date, timedelta

import numpy as np

N_ROWS = 3000
_TOWNS = ("Köln", "Graz", "Bern", "Wien", "Ulm")
_GOODS = ("lamp", "desk", "chair", "shelf", "rug", "mirror")
_SINGLE = ("broken on arrival", "wrong colour", "love it", "works well", "arrived late", "as shown")


def _german(value, digits=2):
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def german_prices(seed=0):
    """Semicolons, decimal commas, days first, a price with its currency."""
    rng = np.random.default_rng(seed)
    days = [date(2021, 1, 1) + timedelta(int(n)) for n in rng.integers(0, 1095, N_ROWS)]
    area, town = rng.uniform(20, 180, N_ROWS), rng.integers(5, size=N_ROWS)
    season = np.array([np.cos(2 * np.pi * day.timetuple().tm_yday / 365) for day in days])
    trend = np.array([(day - days[0]).days for day in days]) / 1095
    rule = 9.5 * area + 140 * town + 220 * season + 260 * trend
    price = rule + rng.normal(scale=0.12 * rule.std(), size=N_ROWS)
    lines = ["Nr;Datum;Ort;Fläche;Miete"]
    for i, (day, m2, t, p) in enumerate(zip(days, area, town, price, strict=True)):
        lines.append(f"{i};{day:%d.%m.%Y};{_TOWNS[t]};{_german(m2, 1)};{_german(p)} €")
    return lines, 1 - 0.12**2 / (1 + 0.12**2)


def orders(seed=1):
    """Tabs, ids, dollars with commas, dates with times, gaps; returned or kept."""
    rng = np.random.default_rng(seed)
    goods, price = rng.integers(6, size=N_ROWS), rng.lognormal(5, 0.8, N_ROWS)
    hour, weekday = rng.integers(24, size=N_ROWS), rng.integers(7, size=N_ROWS)
    score = 0.9 * (goods % 3) + 0.8 * np.log(price / 150) + 1.2 * (weekday > 4) - 1.3
    share = 1 / (1 + np.exp(-2 * score))
    returned = rng.random(N_ROWS) < share
    lines = ["order_id\tplaced\tarticle\tprice\tcoupon\treturned"]
    for i in range(N_ROWS):
        day = date(2023, 1, 2) + timedelta(int(weekday[i]) + 7 * int(rng.integers(50)))
        money = "" if rng.random() < 0.08 else f'"${price[i]:,.2f}"'
        coupon = rng.choice(["", "SPRING", "none", "VIP"])
        word = rng.choice(["Yes", "yes ", "YES"]) if returned[i] else "No"
        placed = f"{day:%Y-%m-%d} {hour[i]:02d}:15"
        cells = [f"A{i:06d}", placed, _GOODS[goods[i]], money, coupon, word]
        lines.append("\t".join(cells))
    return lines, float(np.maximum(share, 1 - share).mean())


def reviews(seed=2):
    """Commas within quotes, free text that decides, stars with gaps."""
    rng = np.random.default_rng(seed)
    liked = rng.random(N_ROWS) < 0.55
    lines = ["id,review,stars,helpful,again"]
    for i in range(N_ROWS):
        good, bad = (2, 3, 5), (0, 1, 4)
        of_right = rng.random(3) < 0.8
        places = [rng.choice(good if liked[i] == hit else bad) for hit in of_right]
        text = ", ".join(_SINGLE[p] for p in places)
        stars = "" if rng.random() < 0.3 else str(int(np.clip(rng.normal(3 + liked[i], 1.2), 1, 5)))
        label = "yes" if liked[i] else "no"
        lines.append(f'{i},"{text}",{stars},{rng.poisson(2)},{label}')
    return lines, 0.9


def sensors(seed=3):
    """Blanks as separators, -999 and NA, percent signs, wild values; a number to predict."""
    rng = np.random.default_rng(seed)
    heat, damp, wind = (
        rng.normal(15, 8, N_ROWS),
        rng.uniform(0, 100, N_ROWS),
        rng.gamma(2, 3, N_ROWS),
    )
    rule = 0.3 * heat**2 / 10 - 0.5 * damp + 6 * np.sin(wind) + 0.02 * heat * damp
    power = rule + rng.normal(scale=0.2 * rule.std(), size=N_ROWS)
    lines = ["# a station", "heat damp wind station power"]
    for i in range(N_ROWS):
        warm = "NA" if rng.random() < 0.05 else f"{heat[i]:.2f}"
        gust = "1e6" if rng.random() < 0.002 else f"{wind[i]:.2f}"
        lines.append(f"{warm} {damp[i]:.1f}% {gust} s{rng.integers(12)} {power[i]:.3f}")
    return lines, 1 - 0.2**2 / (1 + 0.2**2)


def patients(seed=4):
    """Codes with zeros in front, None as a class, much that is missing, empty columns and rows."""
    rng = np.random.default_rng(seed)
    n_rows = 900
    age, rate = rng.integers(18, 90, n_rows), rng.normal(70, 12, n_rows)
    zone = rng.integers(8, size=n_rows)
    scores = np.c_[
        np.zeros(n_rows), (age - 55) / 9 + (zone % 2), (rate - 72) / 6 - (zone > 5), zone / 4 - 1.0
    ]
    noisy = scores + 0.7 * rng.gumbel(size=scores.shape)
    names = ("None", "Apnea", "Insomnia", "Other")
    lines = ["Person ID,Age,Zip,Heart rate,Steps,Disorder,,"]
    for i in range(n_rows):
        steps = "" if rng.random() < 0.5 else f"{1000 * rng.integers(2, 15):,}"
        pulse = "?" if rng.random() < 0.05 else f"{rate[i]:.0f}"
        name = names[int(noisy[i].argmax())]
        lines.append(f'{i + 1},{age[i]},0{4100 + zone[i]},{pulse},"{steps}",{name},,')
    p = np.exp(scores / 0.7)
    return [*lines, ",,,,,,,"], float((p / p.sum(axis=1, keepdims=True)).max(axis=1).mean())


FILES = {
    "german_prices": (german_prices, "Miete"),
    "orders": (orders, "returned"),
    "reviews": (reviews, "again"),
    "sensors": (sensors, "power"),
    "patients": (patients, "Disorder"),
}
