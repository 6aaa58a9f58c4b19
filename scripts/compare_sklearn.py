#!/usr/bin/python3
"""Compare mltool's command line with scikit-learn 1.2.1 (Debian's python3-sklearn) on random cases.

Usage: scripts/compare_sklearn.py [--mltool PATH] [--seed N] [--cases N] [--time SECONDS] [--first N] [--keep DIR]

Case I of seed S is always the same data, model, parameters and split; `--seed S --first I --cases 1` repeats it.
Compared: rows of the split, every node of every tree, weights, importances, out-of-bag score, predictions,
probabilities, metrics of fit, evaluate and --cv. A mismatch is made smaller and left in a directory of its own
(data.csv, reference.py), with both commands and the first difference. Exit status 1 if there is any.

A tree that differs where the two splits are equally good but for rounding is called a TIE, with the exact difference.
That is a hint at the cause and no excuse: a sum in another order than scikit-learn's makes ties too. It fails the run.

Listed and counted apart, without failing the run: a REFERENCE error, where a linear model's predictions are right by
exact rational least squares and scikit-learn's are not (it keeps a singular value that is only rounding), or where
scikit-learn's trees hold values that are no numbers.
"""

import argparse
import copy
import csv
import fractions
import io
import json
import math
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import time
import warnings

from make_fixtures import CONVERT, ESTIMATORS, describe_tree, number  # first: it prepares numpy's loading

import numpy as np
from sklearn import linear_model, metrics, model_selection, tree

ENSEMBLES = ("bagging", "random-forest", "adaboost")
SHAPE = ("criterion", "max-depth", "min-samples-split", "min-samples-leaf", "max-leaf-nodes",
         "min-impurity-decrease", "ccp-alpha")
MEANT_REFUSALS = ("no feature has two different values", "a quantity and no classes",
                  "the rows to train on add up to 0")
# What scikit-learn alone refuses: nothing is out of a tree's bag; a share of the rows below one row.
MEANT_ACCEPTANCES = ("Found array with 0 sample", "zero-size array", "max_samples must be")
TIE = 1e-13  # two different splits are equally good if their exact gains differ by at most this share


class Mismatch(Exception):
    """What differs, its kind (kept while the case is made smaller), and for a tree where: (tree, node)."""

    def __init__(self, kind, text, place=None, trees=None):
        super().__init__(f"{kind}: {text}")
        self.kind, self.place, self.trees = kind, place, trees


# ---- random cases ----

class Case:
    """Data, model, parameters and split; everything else follows from them."""

    def __init__(self):
        self.X = self.y = self.weights = self.classes = None  # y: class indices, or numbers
        self.model, self.params, self.seed, self.split, self.cv = None, {}, 0, {}, None
        self.say_task, self.threads = True, 1

    @property
    def task(self):
        return "regression" if self.classes is None else "classification"

    @property
    def linear(self):
        return self.model == "linear" or "base" in self.params

    def kept(self, rows, columns):
        """The case of these rows and columns only."""
        out = copy.copy(self)
        out.X, out.y = self.X[rows][:, columns], self.y[rows]
        out.weights = None if self.weights is None else self.weights[rows]
        if self.classes is not None:
            present, out.y = np.unique(out.y, return_inverse=True)
            out.classes = [self.classes[c] for c in present]
            out.say_task = True
        return out


def random_column(rng, n, earlier, tame):
    """A column of one of the kinds that have broken tree and least-squares code somewhere."""
    kinds = {
        "normal": lambda: rng.normal(size=n),
        "rounded": lambda: np.round(rng.normal(size=n), int(rng.integers(0, 3))),
        "few": lambda: rng.integers(0, rng.integers(2, 6), n).astype(float),
        "whole": lambda: rng.integers(-1000, 1000, n).astype(float),
        "share": lambda: rng.random(n),
        "constant": lambda: np.full(n, rng.choice([0.0, -0.0, 1.0, 0.1, -3.5])),
        "same": lambda: earlier[rng.integers(len(earlier))].copy() if earlier else rng.normal(size=n),
        "opposite": lambda: -earlier[rng.integers(len(earlier))] if earlier else rng.normal(size=n),
        "negative zero": lambda: rng.choice([-0.0, 0.0, 1.0, -1.0], n),
        "skewed": lambda: np.exp(rng.normal(size=n) * 3),
    }
    if tame:
        kinds["sum"] = lambda: np.round(sum(earlier[-3:], np.zeros(n)))
    else:
        kinds["close"] = lambda: rng.choice([0.25, 1.0]) + rng.integers(0, 40, n) * rng.choice([3e-8, 6e-8, 1e-7])
        kinds["huge"] = lambda: np.clip(rng.normal(size=n) * 1e38, -3.4e38, 3.4e38)
        kinds["tiny"] = lambda: rng.normal(size=n) * 10.0 ** -rng.integers(30, 46)
        kinds["far"] = lambda: 1e9 + rng.integers(0, 300, n)
        kinds["big and small"] = lambda: rng.normal(size=n) * 10.0 ** rng.integers(-30, 30, n)
    return kinds[rng.choice(list(kinds))]()


def random_classes(rng, k):
    kind = rng.choice(["text", "whole", "decimal"])
    if kind == "text":
        return sorted(rng.choice(["a", "B", "b", "zebra", "no", "yes", "x y", "Ü", "1st", "Z", "q,r", "_"], k, False))
    numbers = np.sort(rng.choice(np.arange(-9, 30), k, False))
    return [number(v) if kind == "whole" else number(v + 0.5) for v in numbers]


def random_target(case, rng, n):
    score = rng.normal(size=n) * rng.choice([0.05, 0.5, 3])
    for column in rng.choice(case.X.shape[1], min(3, case.X.shape[1]), False):
        x = case.X[:, column]
        ranks = np.unique(x, return_inverse=True)[1]
        score = score + rng.normal() * ranks / (ranks.max() + 1)
    if case.model != "linear" and not case.params.get("base") and rng.random() < 0.55:
        k = int(min(rng.integers(2, rng.choice([3, 4, 13])), max(2, n // 2)))
        shares = np.cumsum(rng.dirichlet(np.full(k, rng.choice([0.5, 3, 50]))))
        labels = np.searchsorted(shares * n, np.argsort(np.argsort(score)), side="right")
        present, case.y = np.unique(np.minimum(labels, k - 1), return_inverse=True)
        if len(present) < 2:
            case.y = np.arange(n) % 2
        case.classes = random_classes(rng, int(case.y.max()) + 1)
        return
    if case.model == "linear" or case.params.get("base"):
        score = score + case.X @ rng.integers(-3, 4, case.X.shape[1])
    kind = rng.choice(["real", "whole", "few", "far", "scaled"])
    case.y = {"real": lambda: score, "whole": lambda: np.round(score * 100), "few": lambda: np.round(score),
              "far": lambda: score + 1e6, "scaled": lambda: score * 10.0 ** rng.integers(-20, 20)}[kind]()


def amount(rng, total):
    """A count or a share, as text."""
    if rng.random() < 0.5:
        return str(rng.integers(1, total + 1))
    return f"{rng.uniform(min(0.98, max(0.05, 1.01 / total)), 0.99):.2f}"


def random_params(case, rng, n_train):
    params, regression = case.params, case.task == "regression"
    p = case.X.shape[1]
    if case.model in ENSEMBLES:
        params["n-estimators"] = str(rng.choice([1, 3, 8, 25] if case.model == "adaboost" else [1, 2, 5, 10]))
    if case.model != "linear" and params.get("base") != "linear":
        choices = {
            "criterion": ["gini", "entropy"] if not regression else
                         ["squared-error", "absolute-error"] if n_train <= 120 else ["squared-error"],
            "max-depth": [1, 2, 3, 4, 7], "min-samples-split": [3, 5, 20], "min-samples-leaf": [2, 3, 5],
            "max-leaf-nodes": [2, 3, 6, 20], "min-impurity-decrease": ["0.01", "0.05"], "ccp-alpha": ["0.003", "0.02"],
        }
        for name in SHAPE:
            if rng.random() < (0.6 if name == "max-depth" and case.model == "adaboost" else 0.15):
                params[name] = str(rng.choice(choices[name]))
        if int(params.get("min-samples-leaf", 1)) > n_train:
            del params["min-samples-leaf"]
    if case.model in ("tree", "random-forest", "adaboost") and rng.random() < 0.3:
        params["max-features"] = str(rng.choice([amount(rng, p), "sqrt", "log2", "all"]))
    if case.model == "bagging" and rng.random() < 0.3:
        params["max-features"] = amount(rng, p)
    if case.model in ("bagging", "random-forest"):
        if rng.random() < 0.25:
            params["bootstrap"] = "false"
        if rng.random() < 0.3 and not (case.model == "random-forest" and "bootstrap" in params):
            params["max-samples"] = amount(rng, n_train)
        if rng.random() < 0.3 and "bootstrap" not in params and "base" not in params:
            params["oob"] = "true"
    if case.model == "adaboost":
        if rng.random() < 0.5:
            params["learning-rate"] = str(rng.choice(["0.1", "0.5", "1.7"]))
        name = "loss" if regression else "algorithm"
        params[name] = str(rng.choice(["linear", "square", "exponential"] if regression else ["samme", "samme.r"]))


def random_split(case, rng):
    roll = rng.random()
    if roll < 0.15:
        case.split["no-split"] = True
        return
    if roll < 0.6:
        case.split["test-size"] = f"{rng.uniform(0.05, 0.9):.3f}"
    if 0.5 < roll < 0.75:
        left = 1 - float(case.split.get("test-size", 0))
        case.split["train-size"] = f"{rng.uniform(0.3, 0.99) * left:.3f}"
    if case.classes is not None and rng.random() < 0.3:
        case.split["stratify"] = True
    elif rng.random() < 0.1:
        case.split["no-shuffle"] = True


def random_case(seed, index):
    rng = np.random.default_rng([seed, index])
    case = Case()
    case.model = str(rng.choice(["tree", "bagging", "random-forest", "adaboost", "linear"], p=[.22, .2, .2, .26, .12]))
    if case.model == "bagging" and rng.random() < 0.2:
        case.params["base"] = "linear"
    n = int(np.exp(rng.uniform(np.log(3), np.log(2000)))) + (rng.random() < 0.5)
    p = int(np.exp(rng.uniform(0, np.log(60)))) if n < 1000 else int(rng.integers(1, 16))
    columns, tame = [], case.linear
    for _ in range(p):
        columns.append(random_column(rng, n, columns, tame))
    case.X = np.array(columns).T
    random_target(case, rng, n)
    if rng.random() < 0.3:
        case.weights = rng.choice([rng.integers(1, 4, n).astype(float), rng.integers(0, 3, n).astype(float),
                                   np.round(rng.uniform(0.1, 4, n), 1), rng.random(n)])
        case.weights[:2] = 1
    case.seed = int(rng.choice([rng.integers(0, 2**32), rng.integers(0, 50), 0, 2**32 - 1], p=[.6, .3, .05, .05]))
    random_split(case, rng)
    try:
        n_train = len(reference_split(case)[0])
    except ValueError:
        n_train = n
    random_params(case, rng, n_train)
    case.cv = int(rng.integers(2, 6)) if rng.random() < 0.3 else None
    case.say_task = bool(rng.random() < 0.5) or inferred_task(case) != case.task
    case.threads = int(rng.integers(1, 4))
    return case


# ---- scikit-learn's side ----

def reference_split(case):
    rows, split = np.arange(len(case.y)), case.split
    if "no-split" in split:
        return rows, rows[:0]
    test, train = (float(split[name]) if name in split else None for name in ("test-size", "train-size"))
    if test is None and train is None:
        test = 0.2
    return model_selection.train_test_split(
        rows, test_size=test, train_size=train, random_state=None if "no-shuffle" in split else case.seed,
        shuffle="no-shuffle" not in split, stratify=case.y if "stratify" in split else None)


def reference_folds(case):
    kind = model_selection.StratifiedKFold if "stratify" in case.split else model_selection.KFold
    shuffle = "no-shuffle" not in case.split
    return kind(case.cv, shuffle=shuffle, random_state=case.seed if shuffle else None).split(case.X, case.y)


def make_estimator(case):
    given = {name: CONVERT[name](text) for name, text in case.params.items() if name != "base"}
    if "oob" in given:
        given["oob_score"] = given.pop("oob")
    base = {}
    if case.model in ("bagging", "adaboost"):
        in_base = SHAPE + (("max-features",) if case.model == "adaboost" else ())
        base = {name.replace("-", "_"): given.pop(name) for name in in_base if name in given}
    given = {name.replace("-", "_"): value for name, value in given.items()}
    if case.params.get("base") == "linear":
        given["estimator"] = linear_model.LinearRegression()
    elif case.model == "adaboost":
        base.setdefault("max_depth", 3 if case.task == "regression" else 1)
        given["estimator"] = ESTIMATORS["tree", case.task](**base)
    elif base:
        given["estimator"] = ESTIMATORS["tree", case.task](**base)
    if case.model != "linear":
        given["random_state"] = case.seed
    return ESTIMATORS[case.model, case.task](**given)


def fit_reference(case, rows):
    estimator = make_estimator(case)
    weights = None if case.weights is None else case.weights[rows]
    return estimator.fit(case.X[rows], case.y[rows], sample_weight=weights)


def widen(values, estimator, k):
    """Columns of the classes that the training rows have, to columns of all k classes."""
    out = np.zeros((len(values), k))
    out[:, estimator.classes_.astype(int)] = values
    return out


def reference_trees(case, estimator):
    members = [estimator] if case.model == "tree" else estimator.estimators_
    features = getattr(estimator, "estimators_features_", [np.arange(case.X.shape[1])] * len(members))
    out = []
    for number_of, (member, subset) in enumerate(zip(members, features)):
        if not np.all(np.isfinite(member.tree_.value)):
            raise Mismatch("reference not finite", f"scikit-learn's tree {number_of} has a value that is no number")
        t = describe_tree(member)
        t["feature"] = [-1 if f < 0 else int(subset[f]) for f in t["feature"]]
        value = np.array(t["value"], float).reshape(len(t["n"]), -1)
        t["value"] = widen(value, estimator, len(case.classes)) if case.classes else value
        out.append(t)
    return out


def reference_metrics(case, rows, predicted, proba):
    y, w = case.y[rows], None if case.weights is None else case.weights[rows]
    if len(y) == 0 or (w is not None and w.sum() == 0):
        return {}
    if case.classes is None:
        mse = metrics.mean_squared_error(y, predicted, sample_weight=w)
        r2 = metrics.r2_score(y, predicted, sample_weight=w) if len(y) > 1 else math.nan
        counted = y if w is None else y[w > 0]
        if mse > 0 and np.all(counted == counted[0]) and len(y) > 1:
            r2 = 0.0  # scikit-learn's mean of a constant may be off by a rounding error
        return {"mse": mse, "rmse": math.sqrt(mse), "r2": r2,
                "mae": metrics.mean_absolute_error(y, predicted, sample_weight=w),
                "max_error": metrics.max_error(y, predicted)}
    k = len(case.classes)
    scores = dict(average="macro", zero_division=0, sample_weight=w)
    auc = math.nan
    if len(np.unique(y if w is None else y[w > 0])) == k:
        score = proba[:, 1] if k == 2 else proba
        auc = (metrics.roc_auc_score(y, score, sample_weight=w) if k == 2 else np.mean(
            [metrics.roc_auc_score(y == c, proba[:, c], sample_weight=w) for c in range(k)]))
    return {
        "accuracy": metrics.accuracy_score(y, predicted, sample_weight=w),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, predicted, sample_weight=w),
        "precision": metrics.precision_score(y, predicted, **scores),
        "recall": metrics.recall_score(y, predicted, **scores), "f1": metrics.f1_score(y, predicted, **scores),
        "log_loss": metrics.log_loss(y, proba, labels=list(range(k)), sample_weight=w), "roc_auc": auc,
    }


# ---- mltool's side ----

class Tool:
    def __init__(self, program, directory):
        self.program, self.directory = program, pathlib.Path(directory)
        self.data, self.saved = self.directory / "data.csv", self.directory / "model.safetensors"

    def run(self, *arguments):
        self.command = [self.program, *map(str, arguments)]
        done = subprocess.run(self.command, capture_output=True, text=True, timeout=120)
        self.message = done.stderr.strip()
        if done.returncode < 0 or done.returncode > 7 or "Sanitizer" in done.stderr:
            raise Mismatch("crash", f"exit {done.returncode}: {shlex.join(self.command)}: {self.message[-2000:]}")
        return done.stdout if done.returncode == 0 else None

    def must_run(self, *arguments):
        out = self.run(*arguments)
        if out is None:
            raise Mismatch("failure", f"{shlex.join(self.command)}: {self.message}")
        return out

    def write(self, case):
        with open(self.data, "w", encoding="utf-8", newline="") as out:
            rows = csv.writer(out)
            rows.writerow([f"x{j}" for j in range(case.X.shape[1])] + ["y"] + ["w"] * (case.weights is not None))
            for i in range(len(case.y)):
                target = case.classes[case.y[i]] if case.classes else repr(float(case.y[i]))
                weight = [] if case.weights is None else [repr(float(case.weights[i]))]
                rows.writerow([repr(float(x)) for x in case.X[i]] + [target] + weight)


def split_options(case, cv=False):
    out = [f"--random-state={case.seed}"]
    for name, value in case.split.items():
        if not cv or name in ("stratify", "no-shuffle"):
            out += [f"--{name}"] if value is True else [f"--{name}={value}"]
    return out


def fit_options(case):
    out = ["--model", case.model, "--target", "y", "--format", "json", f"--threads={case.threads}", "--quiet"]
    for name, text in case.params.items():
        out += [f"--{name}"] if text == "true" else [f"--no-{name}"] if text == "false" else [f"--{name}", text]
    if case.say_task:
        out += ["--task", case.task]
    if case.weights is not None:
        out += ["--weights", "w"]
    return out


def inferred_task(case):
    """The task that mltool is documented to infer."""
    try:
        values = [float(c) for c in case.classes] if case.classes else case.y
    except ValueError:
        return "classification"
    distinct = np.unique(values)
    few = len(distinct) <= 20 and len(case.y) >= 4 * len(distinct)
    return "classification" if few and np.all(distinct == np.floor(distinct)) else "regression"


# ---- comparing ----

def differ(kind, got, expected, relative, scale=0.0):
    """Raise at the first number that is farther off than `relative` of the number (or of `scale`)."""
    got = np.array([math.nan if v is None else v for v in np.ravel(np.array(got, dtype=object))], float)
    expected = np.ravel(np.asarray(expected, float))
    if got.shape != expected.shape:
        raise Mismatch(kind, f"{len(got)} numbers instead of {len(expected)}")
    near = np.abs(got - expected) <= relative * np.maximum(np.abs(expected), scale)
    bad = np.flatnonzero(~(near | (got == expected) | (np.isnan(got) & np.isnan(expected))))
    if len(bad):
        i = bad[0]
        raise Mismatch(kind, f"item {i}: mltool {got[i]!r}, scikit-learn {expected[i]!r} "
                       f"({len(bad)} of {len(got)} differ)")


def compare_trees(got, expected):
    for t, (ours, theirs) in enumerate(zip(got, expected)):
        n_nodes = min(len(ours["n"]), len(theirs["n"]))
        for node in range(n_nodes):
            for key in ("feature", "threshold", "n"):
                if ours[key][node] != theirs[key][node]:
                    raise Mismatch("tree", f"tree {t} node {node} {key}: mltool {ours[key][node]!r}, scikit-learn "
                                   f"{theirs[key][node]!r}", None if key == "n" else (t, node), (ours, theirs))
        for key in ("left", "right"):
            if ours[key] != theirs[key]:
                raise Mismatch("tree", f"tree {t} {key}")
        value = np.array(ours["value"], float).reshape(len(ours["n"]), -1)
        differ("tree value", value, theirs["value"], 1e-12, np.abs(theirs["value"][0]).sum() * 1e-3)
    if len(got) != len(expected):
        raise Mismatch("tree count", f"mltool {len(got)}, scikit-learn {len(expected)}")


def compare_metrics(kind, got, expected, slack=0.0):
    for name, value in expected.items():
        scale = 1.0 + (abs(1 - value) if name == "r2" else 0) if name in (
            "r2", "accuracy", "roc_auc", "f1", "precision", "recall", "balanced_accuracy", "log_loss") else 0.0
        differ(f"{kind} {name}", [got[name]], [value], 1e-12, scale + slack)


def refused(tool, what):
    """mltool refuses what scikit-learn takes: a mismatch unless that is meant. Returns False."""
    if not any(text in tool.message for text in MEANT_REFUSALS):
        raise Mismatch(f"{what} refused", tool.message)
    return False


def meant_acceptance(error):
    return any(text in str(error) for text in MEANT_ACCEPTANCES)


def compare_split(case, tool):
    target = ["--target", "y"] if "stratify" in case.split else []
    split_with = ["split", "--indices", *split_options(case), *target, "--quiet", tool.data]
    try:
        train, test = reference_split(case)
    except (ValueError, ZeroDivisionError) as error:
        if tool.run(*split_with) is not None:
            raise Mismatch("split accepted", f"scikit-learn refuses: {error}")
        return None
    if "no-split" not in case.split:
        out = tool.run(*split_with)
        if out is None:
            refused(tool, "split")
            return None
        expected = ["row,part"] + [f"{i},train" for i in train] + [f"{i},test" for i in test]
        if out.splitlines() != expected:
            raise Mismatch("split", f"mltool {out.split()[1:6]}, scikit-learn {expected[1:6]}")
    return train, test


def compare_learned(case, seen, estimator):
    if case.linear:
        return
    compare_trees(seen["trees"], reference_trees(case, estimator))
    if case.model == "adaboost":
        n = len(estimator.estimators_)
        differ("tree weights", seen["tree_weights"], estimator.estimator_weights_[:n], 1e-12, 1e-3)
        differ("tree errors", seen["tree_errors"], estimator.estimator_errors_[:n], 1e-12, 1e-3)
    if hasattr(estimator, "feature_importances_"):
        expected = estimator.feature_importances_
        if np.all(np.isfinite(expected)):
            differ("importances", list(seen["importances"].values()), expected, 1e-12, 1.0)
    if "oob" in case.params:
        differ("oob score", [seen["oob_score"]], [estimator.oob_score_], 1e-12, 1 + abs(1 - estimator.oob_score_))


def compare_predictions(case, tool, estimator):
    """Compare, and return mltool's own predictions: class indices or numbers, and probabilities."""
    proba = ["--proba"] if case.classes else []
    rows = list(csv.reader(io.StringIO(tool.must_run("predict", *proba, "--quiet", tool.saved, tool.data))))[1:]
    expected = estimator.predict(case.X)
    if case.classes is None:
        predicted = np.array([float(row[0]) for row in rows])
        scale = np.abs(case.y).max() if case.linear else 0
        differ("predictions", predicted, expected, 1e-10 if case.linear else 1e-12, scale)
        return predicted, None
    predicted = np.array([case.classes.index(row[0]) for row in rows])
    probabilities = np.array([[float(cell) for cell in row[1:]] for row in rows])
    expected_proba = widen(estimator.predict_proba(case.X), estimator, len(case.classes))
    differ("probabilities", probabilities, expected_proba, 1e-12, 1.0)
    differ("predictions", predicted, expected, 0)
    return predicted, probabilities


def fold_metrics(case, exact):
    """Metrics of each fold by scikit-learn's predictions, or by exact least squares (None if too costly)."""
    out = []
    for train, test in reference_folds(case):
        if exact:
            predicted, proba = exact_linear(case, train)[1], None
            if predicted is None:
                return None
            predicted = predicted[test]
        else:
            estimator = fit_reference(case, train)
            predicted = estimator.predict(case.X[test])
            proba = widen(estimator.predict_proba(case.X[test]), estimator, len(case.classes)) if case.classes else None
        out.append(reference_metrics(case, test, predicted, proba))
    return out


def compare_folds(case, tool, exact=False):
    fit_with = [*fit_options(case), f"--cv={case.cv}", *split_options(case, cv=True), tool.data]
    try:
        expected = fold_metrics(case, exact)
    except (ValueError, ZeroDivisionError) as error:
        if tool.run("fit", *fit_with) is not None and not meant_acceptance(error):
            raise Mismatch("cv accepted", f"scikit-learn refuses: {error}") from None
        return True
    out = tool.run("fit", *fit_with)
    if out is None:
        return refused(tool, "cv")
    got = json.loads(out)["metrics"]["cv"]
    for f, fold in enumerate(expected or []):
        size = float(np.abs(case.y).max()) if case.linear else 0.0
        for name, value in fold.items():
            # Linear predictions agree to 1e-10 of the target, and the metrics accordingly.
            slack = {"mse": 1e3 * size * fold.get("rmse", 0), "r2": 1e3 * abs(1 - value)}.get(name, 1e2 * size)
            compare_metrics(f"cv fold {f}", {name: got[name]["folds"][f]}, {name: value}, slack if case.linear else 0.0)
    return expected is not None


def compare(case, tool):
    """Raise at the first difference; return False where both refuse."""
    tool.write(case)
    split = compare_split(case, tool)
    if split is None:
        return False
    train, test = split
    fit_with = ["fit", *fit_options(case), *split_options(case), "--save", tool.saved, tool.data]
    out = tool.run(*fit_with)
    tool.fit_command = tool.command
    try:
        estimator = fit_reference(case, train)
    except (ValueError, ZeroDivisionError) as error:
        if out is not None and not meant_acceptance(error):
            raise Mismatch("fit accepted", f"scikit-learn refuses: {error}") from None
        return False
    if out is None:
        return refused(tool, "fit")
    fitted = json.loads(out)
    if fitted["data"]["task"] != case.task:
        raise Mismatch("task", f"{fitted['data']['task']} was inferred")
    if case.classes and fitted["data"]["classes"] != case.classes:
        raise Mismatch("classes", f"mltool {fitted['data']['classes']}, expected {case.classes}")
    compare_learned(case, json.loads(tool.must_run("inspect", "--format", "json", tool.saved)), estimator)
    predicted, proba = compare_predictions(case, tool, estimator)
    everything = np.arange(len(case.y))
    evaluated = json.loads(tool.must_run("evaluate", "--format", "json", "--quiet", tool.saved, tool.data))
    for kind, got, rows in (("train", fitted, train), ("test", fitted, test), ("evaluate", evaluated, everything)):
        expected = reference_metrics(case, rows, predicted[rows], None if proba is None else proba[rows])
        compare_metrics(kind, got["metrics"].get("test" if kind == "evaluate" else kind, {}), expected)
    if case.cv:
        compare_folds(case, tool)
    return True


# ---- explaining a mismatch ----

def exact_gain(case, y, w, x, threshold):
    """What a split leaves for the criterion to maximise, in exact arithmetic (entropy: in doubles)."""
    total = 0
    for side in (x <= threshold, x > threshold):
        weights = [fractions.Fraction(v) for v in w[side]]
        whole = sum(weights)
        if whole == 0:
            return None
        if case.classes is None:
            total += sum(v * fractions.Fraction(t) for v, t in zip(weights, y[side]))**2 / whole
            continue
        counts = [sum(v for v, t in zip(weights, y[side]) if t == c) for c in np.unique(y)]
        if case.params.get("criterion") == "entropy":
            total += fractions.Fraction(math.fsum(float(c) * math.log2(c / whole) for c in counts if c))
        else:
            total += sum(c * c for c in counts) / whole
    return total


def recorded_fits(case, kind, rows):
    """The reference fitted on `rows`, and each member's (X, y, weights)."""
    seen, plain_fit = [], kind.fit

    def recording(self, X, y, sample_weight=None, **options):
        weights = np.ones(len(X)) if sample_weight is None else np.array(sample_weight)
        seen.append((np.array(X), np.array(y).ravel(), weights))
        return plain_fit(self, X, y, sample_weight=sample_weight, **options)

    kind.fit = recording
    try:
        return fit_reference(case, rows), seen
    finally:
        kind.fit = plain_fit


def tie_of(case, mismatch):
    """How far apart the two splits' exact gains are, as a share: None if that cannot be said."""
    if case.params.get("criterion") == "absolute-error":
        return None
    kind = tree.DecisionTreeClassifier if case.classes else tree.DecisionTreeRegressor
    estimator, seen = recorded_fits(case, kind, reference_split(case)[0])
    (t, node), (ours, theirs) = mismatch.place, mismatch.trees
    X, y, w = seen[t]
    subset = list(getattr(estimator, "estimators_features_", [range(case.X.shape[1])] * (t + 1))[t])
    rows, at = w > 0, 0
    while at != node:
        left = X[:, subset.index(theirs["feature"][at])].astype(np.float32) <= theirs["threshold"][at]
        go_left = node < theirs["right"][at]
        rows &= left if go_left else ~left
        at = theirs["left"][at] if go_left else theirs["right"][at]
    sides = [(X[rows][:, subset.index(tree_["feature"][node])].astype(np.float32), tree_["threshold"][node])
             for tree_ in (ours, theirs) if tree_["feature"][node] >= 0]
    if len(sides) < 2 or (ours["feature"][node] == theirs["feature"][node] and np.array_equal(
            *(x <= threshold for x, threshold in sides))):
        return None  # a leaf, or the same rows go left: no tie between two splits
    gains = [exact_gain(case, y[rows], w[rows], x, threshold) for x, threshold in sides]
    if None in gains:
        return None
    return abs(float((gains[0] - gains[1]) / max(abs(gains[1]), fractions.Fraction(1, 10**300))))


def reduced(system, columns):
    """Gauss-Jordan in rationals: the rows of the reduced echelon form that are not 0 in the first `columns`."""
    row = 0
    for column in range(columns):
        below = next((i for i in range(row, len(system)) if system[i, column] != 0), None)
        if below is None:
            continue
        system[[row, below]] = system[[below, row]]
        system[row] = system[row] / system[row, column]
        for i in range(len(system)):
            if i != row and system[i, column] != 0:
                system[i] = system[i] - system[row] * system[i, column]
        row += 1
    return system[:row]


def exact_predictions(X, y, w, everywhere):
    """Weighted least squares with intercept, of minimum norm, in rationals: predictions rounded once."""
    def rational(values):
        return np.vectorize(fractions.Fraction, otypes=[object])(values)
    X, y, w, everywhere = rational(X), rational(y), rational(w), rational(everywhere)
    p, center, middle = X.shape[1], (w @ X) / w.sum(), (w @ y) / w.sum()
    A = X - center
    relations = reduced(np.column_stack([A.T @ (A * w[:, None]), A.T @ ((y - middle) * w)]), p)
    C, z = relations[:, :p], relations[:, p]  # C x = z are all solutions; the one of minimum norm is C' (C C')^-1 z
    x = C.T @ reduced(np.column_stack([C @ C.T, z]), len(z))[:, -1] if len(z) else rational(np.zeros(p))
    return np.array([float(v) for v in (everywhere - center) @ x + middle])


def exact_linear(case, rows):
    """The reference fitted on `rows`, and exact least squares' predictions of all rows (None if too costly)."""
    estimator, seen = recorded_fits(case, linear_model.LinearRegression, rows)
    if case.X.shape[1] > 40 or sum(len(X) for X, _, _ in seen) > 1500:
        return estimator, None
    subsets = getattr(estimator, "estimators_features_", [np.arange(case.X.shape[1])] * len(seen))
    return estimator, np.mean([exact_predictions(X[w > 0], y[w > 0], w[w > 0], case.X[:, subset])
                               for (X, y, w), subset in zip(seen, subsets)], axis=0)


def linear_errors(case, tool):
    """Largest errors of mltool's and scikit-learn's predictions, as shares of the largest; None if too costly."""
    estimator, exact = exact_linear(case, reference_split(case)[0])
    if exact is None:
        return None
    rows = list(csv.reader(io.StringIO(tool.must_run("predict", "--quiet", tool.saved, tool.data))))[1:]
    scale = max(np.abs(case.y).max(), np.abs(exact).max())
    return [float(np.abs(side - exact).max() / scale)
            for side in (np.array([float(row[0]) for row in rows]), estimator.predict(case.X))]


def folds_are_exact(case, tool):
    """Are mltool's cross-validated metrics those of exact least squares?"""
    try:
        return compare_folds(case, tool, exact=True)
    except Mismatch:
        return False


def outcome(case, tool):
    """The case's mismatch, or None."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            compare(case, tool)
        except Mismatch as mismatch:
            return mismatch
    return None


def similar(one, other):
    """Is it the same trouble, but for numbers and file names?"""
    return re.sub(r"[0-9]+", "", one.kind) == re.sub(r"[0-9]+", "", other.kind) and (
        not one.kind.endswith("refused") or str(one)[-40:] == str(other)[-40:])


def make_smaller(case, mismatch, tool, seconds=20):
    """Leave out rows, columns and options as long as a mismatch of that kind stays."""
    stop = time.monotonic() + seconds

    def accepted(smaller):
        nonlocal case, mismatch
        found = outcome(smaller, tool) if time.monotonic() < stop else None
        if found and similar(found, mismatch):
            case, mismatch = smaller, found
            return True
        return False

    for name in [*case.params, "cv", *case.split]:
        smaller = copy.copy(case)
        smaller.params = {k: v for k, v in case.params.items() if k != name or name in ("base", "algorithm", "loss")}
        smaller.split = {k: v for k, v in case.split.items() if k != name}
        smaller.cv = None if name == "cv" and not mismatch.kind.startswith("cv") else case.cv
        smaller.say_task = case.say_task or inferred_task(case) != case.task
        accepted(smaller)
    for chunk_of in (2, 4, 8, 16, 64, 10**9):
        for axis in (0, 1):
            size = max(1, case.X.shape[axis] // chunk_of)
            start = 0
            while start < case.X.shape[axis] and time.monotonic() < stop:
                keep = [np.arange(length) for length in case.X.shape]
                keep[axis] = np.delete(keep[axis], np.arange(start, min(start + size, len(keep[axis]))))
                if len(keep[0]) < 3 or len(keep[1]) < 1 or not accepted(case.kept(*keep)):
                    start += size
    return case, mismatch


REPRODUCTION = '''# {command}
import csv
import os
os.environ["NPY_DISABLE_CPU_FEATURES"] = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL"
import numpy as np
from sklearn.ensemble import *
from sklearn.linear_model import *
from sklearn.tree import *
rows = list(csv.reader(open({data!r}, encoding="utf-8")))[1:]
X = np.array([row[:{p}] for row in rows], float)
classes = {classes!r}
y = np.array([classes.index(row[{p}]) if classes else float(row[{p}]) for row in rows])
train = {train!r}
w = {weights}
model = {estimator!r}.fit(X[train], y[train], sample_weight=w)
for member in getattr(model, "estimators_", [model])[:3]:
    print(export_text(member, show_weights=True) if hasattr(member, "tree_") else (member.coef_, member.intercept_))
print(model.predict(X)[:20])
'''


def judge(case, mismatch, tool):
    """MISMATCH, TIE or REFERENCE, and the evidence."""
    if mismatch.place:
        tie = tie_of(case, mismatch)
        if tie is not None:
            return "TIE" if tie <= TIE else "MISMATCH", f" [the splits' exact gains differ by {tie:.3g} of themselves]"
    if mismatch.kind == "reference not finite":
        return "REFERENCE", ""
    if mismatch.kind.startswith("cv fold") and case.linear and folds_are_exact(case, tool):
        return "REFERENCE", " [mltool's are those of exact least squares]"
    if mismatch.kind == "predictions" and case.linear and (errors := linear_errors(case, tool)):
        evidence = " [off exact least squares, as shares of the largest prediction: mltool {:.3g}, scikit-learn {:.3g}]"
        return "REFERENCE" if errors[0] <= 1e-10 < errors[1] else "MISMATCH", evidence.format(*errors)
    return "MISMATCH", ""


def report(index, case, mismatch, tool):
    """Print the mismatch, leave what repeats it, and return the verdict."""
    verdict, evidence = judge(case, mismatch, tool)
    try:
        train = reference_split(case)[0].tolist()
    except ValueError:
        train = []
    p, command = case.X.shape[1], shlex.join(getattr(tool, "fit_command", tool.command))
    text = REPRODUCTION.format(
        command=command, data=str(tool.data), p=p, classes=case.classes, train=train, estimator=make_estimator(case),
        weights="None" if case.weights is None else f"np.array([row[{p + 1}] for row in rows], float)[train]")
    (tool.directory / "reference.py").write_text(text, encoding="utf-8")
    print(f"{verdict} case {index}: {case.X.shape[0]} rows, {p} columns: {mismatch}{evidence}\n  {command}\n"
          f"  /usr/bin/python3 {tool.directory / 'reference.py'}", flush=True)
    return verdict


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description="Compare mltool with scikit-learn on random cases.")
    parser.add_argument("--mltool", default=str(root / "build" / "mltool"), help="the program to test")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--time", type=float, default=math.inf, help="stop after so many seconds")
    parser.add_argument("--keep", default=None, help="where reproductions go (default: a new directory)")
    options = parser.parse_args()
    keep = pathlib.Path(options.keep or tempfile.mkdtemp(prefix="compare-sklearn-"))
    stop, compared = time.monotonic() + options.time, 0
    verdicts = {"MISMATCH": 0, "TIE": 0, "REFERENCE": 0}
    for index in range(options.first, options.first + options.cases):
        if time.monotonic() > stop:
            break
        compared += 1
        case = random_case(options.seed, index)
        with tempfile.TemporaryDirectory() as scratch:
            tool = Tool(options.mltool, scratch)
            mismatch = outcome(case, tool)
            if not mismatch:
                continue
            case, mismatch = make_smaller(case, mismatch, tool)
        directory = keep / f"seed{options.seed}-case{index}"
        directory.mkdir(parents=True, exist_ok=True)
        tool = Tool(options.mltool, directory)
        mismatch = outcome(case, tool) or mismatch
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            verdicts[report(index, case, mismatch, tool)] += 1
    counts = "{MISMATCH} mismatches, {TIE} ties, {REFERENCE} errors of the reference".format(**verdicts)
    print(f"{compared} cases, {counts}{'; kept in ' + str(keep) if any(verdicts.values()) else ''}")
    return 1 if verdicts["MISMATCH"] or verdicts["TIE"] else 0


if __name__ == "__main__":
    sys.exit(main())
