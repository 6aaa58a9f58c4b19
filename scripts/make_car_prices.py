#!/usr/bin/python3
"""Write data/car_prices.csv: 500 made-up used cars, the same ones every time.

A price is the brand's price when new, less a share for each year and each mile, times some luck, rounded as
sellers round: the bend in it is what trees find and a straight line misses.
"""

import pathlib
import random

OUT = pathlib.Path(__file__).resolve().parent.parent / "data" / "car_prices.csv"
SEED = 20260101
ROWS = 500

# brand: (share of the market, price when new, part of the value kept each year)
BRANDS = {
    "Audi": (0.12, 42000, 0.865),
    "BMW": (0.13, 46000, 0.860),
    "Fiat": (0.15, 19500, 0.850),
    "Ford": (0.22, 26000, 0.855),
    "Toyota": (0.23, 29000, 0.895),
    "Volvo": (0.15, 39000, 0.875),
}


def pick_brand(rng):
    point = rng.random()
    for brand, (share, _, _) in BRANDS.items():
        point -= share
        if point < 0:
            return brand
    return brand


def car(rng):
    brand = pick_brand(rng)
    _, new_price, kept = BRANDS[brand]
    age = min(int(rng.random() * 8 + rng.random() * 9), 15)
    a_year = max(3000.0, rng.gauss(11000, 3500))
    mileage = round(a_year * (age + 0.2 + 0.7 * rng.random()) / 100) * 100
    trim = 1 + 0.3 * rng.random()
    price = new_price * trim * kept**age * 0.97 ** (mileage / 10000) * (1 + 0.06 * rng.gauss(0, 1))
    price = max(price, 600)
    step = 50 if price < 10000 else 100
    return mileage, age, brand, round(price / step) * step


def main():
    rng = random.Random(SEED)
    with open(OUT, "w", encoding="ascii", newline="") as out:
        out.write("mileage,age,brand,price\n")
        for _ in range(ROWS):
            out.write(",".join(str(cell) for cell in car(rng)) + "\n")
    print(f"data/car_prices.csv: {ROWS} rows, 3 features")


if __name__ == "__main__":
    main()
