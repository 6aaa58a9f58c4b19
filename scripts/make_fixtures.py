#!/usr/bin/python3
"""Write tests/fixtures/: what scikit-learn 1.2.1 (Debian's python3-sklearn) answers, for the tests to compare with.

Usage: scripts/make_fixtures.py [DATASET ...]      (default: all; data/*.csv must be there)

tests/fixtures/README.md describes the files. The same inputs give the same bytes: no time stamps, floats by
repr, numpy's exp, log and sin from libm whatever the processor (BLAS may round linear's results differently).
"""

import gzip
import json
import math
import os
import pathlib
import sys
import warnings

# With AVX-512 numpy has functions of its own that differ from libm's in the last bit; boosting's trees, whose splits
# may tie but for that bit, would then depend on the processor. To be said before numpy is loaded.
os.environ["NPY_DISABLE_CPU_FEATURES"] = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL"

import numpy as np  # noqa: E402
from sklearn import datasets, ensemble, linear_model, metrics, model_selection, tree  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "tests" / "fixtures"
SEEDS = [0, 1, 2, 3, 4, 42]
LARGEST_SEED = 2**32 - 1


# ---- the data sets ----

class Table:
    """A CSV file as mltool reads it: X as doubles, the target as class indices or doubles."""

    def __init__(self, name, file, task):
        self.name, self.file, self.task = name, file, task
        opener = gzip.open if file.endswith(".gz") else open
        with opener(ROOT / file, "rt", encoding="ascii") as lines:
            header, *rows = [line.rstrip("\n").split(",") for line in lines]
        self.target = header[-1]
        self.X = np.array([[float(cell) for cell in row[:-1]] for row in rows])
        labels = [row[-1] for row in rows]
        if task == "classification":
            numeric = all(label.isdigit() for label in labels)
            self.classes = sorted(set(labels), key=int if numeric else None)
            self.y = np.array([self.classes.index(label) for label in labels])
        else:
            self.classes = None
            self.y = np.array([float(label) for label in labels])


def write_gzip(path, text):
    with open(path, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=0) as out:
        out.write(text.encode("ascii"))


def write_csv(name, header, X, y):
    lines = [",".join(header)] + [",".join(map(number, [*x, t])) for x, t in zip(X, y)]
    write_gzip(FIXTURES / name, "\n".join(lines) + "\n")


def number(value):
    value = float(value)
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def make_digits():
    bunch = datasets.load_digits()
    write_csv("digits.csv.gz", [f"p{i}" for i in range(64)] + ["digit"], bunch.data, bunch.target)
    return Table("digits", "tests/fixtures/digits.csv.gz", "classification")


def make_friedman1():
    X, y = datasets.make_friedman1(n_samples=400, n_features=10, noise=1.0, random_state=1)
    write_csv("friedman1.csv.gz", [f"x{i}" for i in range(10)] + ["y"], X, y)
    return Table("friedman1", "tests/fixtures/friedman1.csv.gz", "regression")


def make_sparse_regression():
    X, y = datasets.make_regression(n_samples=300, n_features=20, n_informative=5, noise=5.0, bias=12.5, random_state=2)
    write_csv("sparse_regression.csv.gz", [f"x{i}" for i in range(20)] + ["y"], X, y)
    return Table("sparse_regression", "tests/fixtures/sparse_regression.csv.gz", "regression")


TABLES = {
    "breast_cancer": lambda: Table("breast_cancer", "data/breast_cancer.csv", "classification"),
    "wine": lambda: Table("wine", "data/wine.csv", "classification"),
    "iris": lambda: Table("iris", "data/iris.csv", "classification"),
    "diabetes": lambda: Table("diabetes", "data/diabetes.csv", "regression"),
    "digits": make_digits,
    "friedman1": make_friedman1,
    "sparse_regression": make_sparse_regression,
}


# ---- mltool's parameters as scikit-learn's ----

def amount(text):
    """A count, a share (written with a point), or a word."""
    if text == "all":
        return None
    if text in ("sqrt", "log2"):
        return text
    return float(text) if "." in text else int(text)


CONVERT = {
    "criterion": lambda text: text.replace("-", "_"),
    "max-depth": int, "min-samples-split": int, "min-samples-leaf": int, "max-leaf-nodes": int, "n-estimators": int,
    "max-features": amount, "max-samples": amount,
    "min-impurity-decrease": float, "ccp-alpha": float, "learning-rate": float,
    "bootstrap": lambda text: text == "true", "oob": lambda text: text == "true",
    "algorithm": str.upper, "loss": str,
}

ESTIMATORS = {
    ("linear", "regression"): linear_model.LinearRegression,
    ("tree", "classification"): tree.DecisionTreeClassifier,
    ("tree", "regression"): tree.DecisionTreeRegressor,
    ("bagging", "classification"): ensemble.BaggingClassifier,
    ("bagging", "regression"): ensemble.BaggingRegressor,
    ("random-forest", "classification"): ensemble.RandomForestClassifier,
    ("random-forest", "regression"): ensemble.RandomForestRegressor,
    ("adaboost", "classification"): ensemble.AdaBoostClassifier,
    ("adaboost", "regression"): ensemble.AdaBoostRegressor,
}


def make_estimator(model, task, params, seed):
    params = dict(params)
    base = params.pop("base", None)
    given = {name.replace("-", "_"): CONVERT[name](text) for name, text in params.items()}
    if "oob" in given:
        given["oob_score"] = given.pop("oob")
    if base == "linear":
        given["estimator"] = linear_model.LinearRegression()
    if model == "adaboost" and "max_depth" in given:
        given["estimator"] = ESTIMATORS["tree", task](max_depth=given.pop("max_depth"))
    if model != "linear":
        given["random_state"] = seed
    return ESTIMATORS[model, task](**given)


# ---- what a fitted estimator learned ----

def plain(values):
    """Floats for JSON; whole numbers without a point, so that files stay small."""
    out = []
    for value in np.asarray(values).ravel().tolist():
        if isinstance(value, float):
            assert math.isfinite(value)
            negative_zero = value == 0 and math.copysign(1, value) < 0
            value = int(value) if value.is_integer() and abs(value) < 2**53 and not negative_zero else value
        out.append(value)
    return out


def depth_first(t):
    """The nodes in depth-first, left-first order: scikit-learn's own but for trees grown best-first."""
    order, stack = [], [0]
    while stack:
        node = stack.pop()
        order.append(node)
        if t.children_left[node] >= 0:
            stack += [t.children_right[node], t.children_left[node]]
    return order


def describe_tree(estimator):
    t = estimator.tree_
    order = depth_first(t)
    place = {node: i for i, node in enumerate(order)}
    place[-1] = -1
    leaf = t.children_left < 0
    return {
        "feature": [-1 if leaf[i] else int(t.feature[i]) for i in order],
        "threshold": plain([0.0 if leaf[i] else t.threshold[i] for i in order]),
        "left": [place[t.children_left[i]] for i in order],
        "right": [place[t.children_right[i]] for i in order],
        "value": plain(t.value[order]),
        "n": plain(t.n_node_samples[order]),
    }


def describe(model, estimator, n_trees):
    """Trees (the first n_trees; None = all), weights, importances, coefficients: what the estimator has."""
    out = {}
    members = [estimator] if model in ("tree", "linear") else list(estimator.estimators_)
    linear = isinstance(members[0], linear_model.LinearRegression)
    if linear and model == "linear":
        out["coefficients"] = plain(estimator.coef_)
        out["intercept"] = float(estimator.intercept_)
    elif linear:
        out["members"] = [{"coefficients": plain(m.coef_), "intercept": float(m.intercept_)} for m in members]
    elif n_trees != 0:
        out["trees"] = [describe_tree(member) for member in members[:n_trees]]
    if model == "bagging" and any(len(f) < estimator.n_features_in_ for f in estimator.estimators_features_):
        out["tree_features"] = [plain(f) for f in estimator.estimators_features_]
    if model == "adaboost":
        out["tree_weights"] = plain(estimator.estimator_weights_[: len(members)])
        out["tree_errors"] = plain(estimator.estimator_errors_[: len(members)])
    if hasattr(estimator, "feature_importances_"):
        out["importances"] = plain(estimator.feature_importances_)
    if getattr(estimator, "oob_score", None) is True:
        out["oob_score"] = float(estimator.oob_score_)
    return out


def measure(table, y, predicted, proba):
    if table.task == "regression":
        return {
            "mse": float(metrics.mean_squared_error(y, predicted)),
            "rmse": float(metrics.mean_squared_error(y, predicted, squared=False)),
            "mae": float(metrics.mean_absolute_error(y, predicted)),
            "r2": float(metrics.r2_score(y, predicted)),
            "max_error": float(metrics.max_error(y, predicted)),
        }
    labels = list(range(len(table.classes)))
    assert set(y.tolist()) == set(labels), "every class is in every part of these splits"
    scores = dict(average="macro", zero_division=0)
    binary = len(labels) == 2
    auc = metrics.roc_auc_score(y, proba[:, 1]) if binary else metrics.roc_auc_score(y, proba, multi_class="ovr")
    return {
        "accuracy": float(metrics.accuracy_score(y, predicted)),
        "balanced_accuracy": float(metrics.balanced_accuracy_score(y, predicted)),
        "precision": float(metrics.precision_score(y, predicted, **scores)),
        "recall": float(metrics.recall_score(y, predicted, **scores)),
        "f1": float(metrics.f1_score(y, predicted, **scores)),
        "log_loss": float(metrics.log_loss(y, proba, labels=labels)),
        "roc_auc": float(auc),
    }


def run(table, model, params, seed, test_size=0.2, stratify=False, n_trees=None):
    """One case: split, fit, and all there is to compare."""
    given = " ".join(f"{name}={text}" for name, text in params.items())
    split = (f" test-size={test_size}" if test_size != 0.2 else "") + (" stratify" if stratify else "")
    train, test = model_selection.train_test_split(
        np.arange(len(table.y)), test_size=test_size, random_state=seed, stratify=table.y if stratify else None)
    estimator = make_estimator(model, table.task, params, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # out-of-bag rows that no tree left out, and the like
        estimator.fit(table.X[train], table.y[train])
    case = {
        "name": " ".join(f"{model} {given} seed={seed}".split()) + split,
        "model": model, "params": params, "seed": seed, "test_size": test_size, "stratify": stratify,
        "train_rows": train.tolist(), "test_rows": test.tolist(),
    }
    case.update(describe(model, estimator, n_trees))
    predictions, probabilities = {}, {"train": None, "test": None}
    for part, rows in (("train", train), ("test", test)):
        predictions[part] = estimator.predict(table.X[rows])
        if table.task == "classification":
            probabilities[part] = estimator.predict_proba(table.X[rows])
        case[part + "_metrics"] = measure(table, table.y[rows], predictions[part], probabilities[part])
    case["test_predictions"] = plain(predictions["test"])
    if table.task == "classification":
        case["test_proba"] = plain(probabilities["test"])
    return case


# ---- the cases ----

# ccp-alpha and min-impurity-decrease on the data set's own scale of impurity: some nodes go, some stay.
PRUNING = {
    "breast_cancer": ("0.01", "0.01"), "wine": ("0.02", "0.02"), "iris": ("0.02", "0.02"), "digits": ("0.002", "0.002"),
    "diabetes": ("40.0", "60.0"), "friedman1": ("0.1", "0.15"), "sparse_regression": ("30.0", "50.0"),
}


def tree_variants(table):
    alpha, decrease = PRUNING[table.name]
    variants = [
        {"max-depth": "3"}, {"max-depth": "1"}, {"min-samples-leaf": "5"}, {"min-samples-split": "10"},
        {"max-features": "sqrt"}, {"max-features": "log2"}, {"max-features": "0.5"}, {"max-features": "2"},
        {"max-features": "all"}, {"max-leaf-nodes": "8"}, {"max-leaf-nodes": "25", "max-features": "sqrt"},
        {"ccp-alpha": alpha}, {"min-impurity-decrease": decrease},
        {"max-depth": "6", "min-samples-leaf": "3", "max-features": "0.7"},
        {"max-leaf-nodes": "12", "min-impurity-decrease": decrease},
    ]
    if table.task == "classification":
        variants += [{"criterion": "entropy"}, {"criterion": "entropy", "max-features": "sqrt", "max-depth": "4"},
                     {"criterion": "entropy", "ccp-alpha": alpha}]
    return variants


def tree_cases(table):
    keep = 3 if table.name == "digits" else None
    for seed in SEEDS:
        yield run(table, "tree", {}, seed)
    yield run(table, "tree", {}, LARGEST_SEED)
    for params in tree_variants(table):
        for seed in (0, 42):
            yield run(table, "tree", params, seed)
    if table.task == "regression":
        for params in ({}, {"max-depth": "3"}, {"min-samples-leaf": "4"}):
            for seed in (0, 42):  # few rows: scikit-learn's absolute error is slow
                yield run(table, "tree", {"criterion": "absolute-error", **params}, seed, test_size=0.7)

    for seed in SEEDS:
        yield run(table, "random-forest", {"n-estimators": "10"}, seed, n_trees=keep)
        yield run(table, "bagging", {"n-estimators": "10"}, seed, n_trees=keep)
    yield run(table, "random-forest", {"n-estimators": "3"}, LARGEST_SEED)
    yield run(table, "bagging", {"n-estimators": "3"}, LARGEST_SEED)
    small = {"n-estimators": "5"}
    for params in (
        {"max-features": "log2", "max-depth": "5"}, {"max-features": "3", "min-samples-leaf": "4"},
        {"max-features": "0.4", "min-samples-split": "8"}, {"max-features": "all"}, {"max-samples": "0.37"},
        {"max-samples": "50"}, {"bootstrap": "false"}, {"max-leaf-nodes": "10"},
    ):
        yield run(table, "random-forest", {**small, **params}, 42, n_trees=keep)
    for params in ({"max-samples": "0.37"}, {"max-samples": "50"}, {"max-features": "0.5"}, {"max-features": "3"},
                   {"bootstrap": "false", "max-samples": "0.6"},
                   {"bootstrap": "false", "max-samples": "0.6", "max-features": "0.5"}):
        yield run(table, "bagging", {**small, **params}, 42, n_trees=keep)
    for seed in (0, 42):
        for model in ("random-forest", "bagging"):
            yield run(table, model, {"n-estimators": "60", "oob": "true"}, seed, n_trees=0)


def classification_cases(table):
    yield from tree_cases(table)
    for seed in SEEDS:
        for algorithm in ("samme", "samme.r"):
            yield run(table, "adaboost", {"n-estimators": "50", "algorithm": algorithm}, seed)
    for algorithm in ("samme", "samme.r"):
        for params in ({"learning-rate": "0.5"}, {"max-depth": "3"}, {"max-depth": "2", "learning-rate": "0.1"}):
            yield run(table, "adaboost", {"n-estimators": "20", "algorithm": algorithm, **params}, 42)
    for seed in (0, 42):
        yield run(table, "tree", {}, seed, stratify=True)
        yield run(table, "tree", {}, seed, test_size=0.33, stratify=True)
        yield run(table, "random-forest", {"n-estimators": "5"}, seed, stratify=True, n_trees=3)
    if table.name == "breast_cancer":
        yield run(table, "random-forest", {"n-estimators": "100"}, 42, n_trees=0)


def keeps_noise(table, seed, test_size):
    """Does LAPACK's gelsd, which cuts singular values at 2.2e-16 of the largest, take one that is only rounding for a
    real one? Then scikit-learn's answer is not the minimum-norm solution."""
    train, _ = model_selection.train_test_split(np.arange(len(table.y)), test_size=test_size, random_state=seed)
    values = linear_model.LinearRegression().fit(table.X[train], table.y[train]).singular_
    ratios = values / values.max()
    return bool(np.any((ratios > np.finfo(float).eps) & (ratios < 1e-13)))


def regression_cases(table):
    for seed in SEEDS:
        yield run(table, "linear", {}, seed)
    for seed in (0, 42):  # fewer rows than features: the minimum-norm solution
        if not keeps_noise(table, seed, test_size=0.98):
            yield run(table, "linear", {}, seed, test_size=0.98)
    yield from tree_cases(table)
    for seed in SEEDS:
        for loss in ("linear", "square", "exponential"):
            yield run(table, "adaboost", {"n-estimators": "20", "loss": loss}, seed)
    for params in ({"learning-rate": "0.5"}, {"max-depth": "1"}, {"max-depth": "5"}):
        yield run(table, "adaboost", {"n-estimators": "20", **params}, 42)
    for params in ({}, {"max-features": "0.5", "max-samples": "0.8"}, {"bootstrap": "false", "max-samples": "0.5"}):
        for seed in (0, 42):
            yield run(table, "bagging", {"n-estimators": "10", "base": "linear", **params}, seed)


def main():
    FIXTURES.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or TABLES:
        table = TABLES[name]()
        cases = list(classification_cases(table) if table.task == "classification" else regression_cases(table))
        assert len({case["name"] for case in cases}) == len(cases)
        head = {"dataset": name, "file": table.file, "target": table.target, "task": table.task}
        if table.classes:
            head["classes"] = table.classes
        lines = ",\n".join(json.dumps(case, separators=(",", ":"), allow_nan=False) for case in cases)
        text = json.dumps(head, separators=(",", ":"))[:-1] + ',"cases":[\n' + lines + "\n]}\n"
        path = FIXTURES / (name + ".json.gz")
        write_gzip(path, text)
        print(f"tests/fixtures/{path.name}: {len(cases)} cases, {path.stat().st_size / 1024:.0f} KiB", flush=True)


if __name__ == "__main__":
    main()
