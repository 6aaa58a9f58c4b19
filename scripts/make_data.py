#!/usr/bin/python3
"""Write data/*.csv from the copies in Debian's python3-sklearn (1.2.1), every digit kept, the target last.

Cells are the text of scikit-learn's own files where those hold what load_*() gives; diabetes is what
load_diabetes() computes, written by repr, which reads back as the same doubles.

Usage: scripts/make_data.py            (car_prices.csv comes from scripts/make_car_prices.py)
"""

import pathlib

import numpy as np
import sklearn.datasets as datasets

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
SOURCE = pathlib.Path(datasets.__file__).parent / "data"

# A beginners' article's example: at test_size 0.2 and random_state 42 the test rows are 1 and 5,
# the coefficient 200, the intercept 0, R² 1.
HOUSE_PRICES = [
    (1500, 300000), (1700, 340000), (1800, 360000), (1900, 380000),
    (2000, 400000), (2100, 420000), (2300, 460000), (2500, 500000),
]


def write(name, header, rows):
    path = DATA / name
    with open(path, "w", encoding="ascii", newline="") as out:
        for row in [header, *rows]:
            out.write(",".join(row) + "\n")
    print(f"data/{name}: {len(rows)} rows, {len(header) - 1} features")


def source_rows(name, bunch, labels):
    """The cells of scikit-learn's file, its class numbers replaced by `labels`; checked against the loader."""
    lines = (SOURCE / name).read_text(encoding="ascii").splitlines()[1:]
    cells = [line.split(",") for line in lines]
    assert np.array_equal(np.array([[float(c) for c in row[:-1]] for row in cells]), bunch.data)
    assert [int(row[-1]) for row in cells] == bunch.target.tolist()
    return [row[:-1] + [labels[int(row[-1])]] for row in cells]


def number(value):
    """A double's shortest text, whole numbers without a point."""
    value = float(value)
    return str(int(value)) if value.is_integer() else repr(value)


def main():
    cancer = datasets.load_breast_cancer()
    names = [name.replace(" ", "_") for name in cancer.feature_names]
    assert cancer.target_names.tolist() == ["malignant", "benign"]
    write("breast_cancer.csv", names + ["diagnosis"], source_rows("breast_cancer.csv", cancer, ["M", "B"]))

    iris = datasets.load_iris()
    names = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    assert [name.replace("_", " ") + " (cm)" for name in names] == iris.feature_names
    write("iris.csv", names + ["species"], source_rows("iris.csv", iris, iris.target_names.tolist()))

    wine = datasets.load_wine()
    names = [name.replace("/", "_") for name in wine.feature_names]
    write("wine.csv", names + ["cultivar"], source_rows("wine_data.csv", wine, wine.target_names.tolist()))

    diabetes = datasets.load_diabetes()
    rows = [[number(v) for v in x] + [number(y)] for x, y in zip(diabetes.data, diabetes.target)]
    write("diabetes.csv", diabetes.feature_names + ["progression"], rows)

    rows = [[str(feet), str(price)] for feet, price in HOUSE_PRICES]
    write("house_prices.csv", ["Square Footage", "Price"], rows)


if __name__ == "__main__":
    main()
