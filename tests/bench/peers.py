"""The Python side of scripts/bench: do one piece of work with one peer and say how long it took.

Usage: peers.py has PEER | peers.py PEER WORK DATA.csv SPLIT.csv THREADS

`has` prints the peer's version, or fails. Otherwise prints a line "WORK SECONDS QUALITY" for each thing timed:
loading modules and data is outside the seconds (only "load" is the loading itself), quality is the share of right
classes or R² on the test rows of SPLIT.csv (`mltool split --indices`), for "load" the sum of all numbers.
"""

import importlib
import sys
import time


def read(path):
    import pandas

    return pandas.read_csv(path)


def parts(data, split):
    """X and y of the training rows, then of the test rows, in the split's order."""
    table, rows = read(data), read(split)
    x, y = table.iloc[:, :-1].to_numpy(), table.iloc[:, -1].to_numpy()
    train, test = (rows.row[rows.part == part].to_numpy() for part in ("train", "test"))
    return x[train], y[train], x[test], y[test]


def say(work, seconds, quality):
    print(work, repr(seconds), repr(float(quality)))


def quality_of(y, predicted):
    if y.dtype.kind == "i":
        return (y == predicted).mean()
    return 1 - ((y - predicted) ** 2).sum() / ((y - y.mean()) ** 2).sum()


def fit_and_predict(model, work, data, split):
    x, y, x_test, y_test = parts(data, split)
    start = time.perf_counter()
    model.fit(x, y)
    fitted = time.perf_counter()
    predicted = model.predict(x_test)
    done = time.perf_counter()
    quality = quality_of(y_test, predicted)
    say(work, fitted - start, quality)
    if work == "forest":
        say("predict", done - fitted, quality)


def sklearn_model(work, threads):
    from sklearn import ensemble, tree

    if work == "tree":
        return tree.DecisionTreeClassifier(random_state=42)
    if work == "bagging":
        return ensemble.BaggingClassifier(n_estimators=10, random_state=42, n_jobs=threads)
    if work == "forest":
        return ensemble.RandomForestClassifier(n_estimators=100, random_state=42, n_jobs=threads)
    if work == "adaboost":
        return ensemble.AdaBoostClassifier(n_estimators=50, algorithm="SAMME", random_state=42)
    return ensemble.RandomForestRegressor(n_estimators=100, random_state=42, n_jobs=threads)


def sklearn_squares(data):
    """Least squares on all rows; R² on the same."""
    from sklearn.linear_model import LinearRegression

    table = read(data)
    x, y = table.iloc[:, :-1].to_numpy(), table.iloc[:, -1].to_numpy()
    start = time.perf_counter()
    model = LinearRegression().fit(x, y)
    seconds = time.perf_counter() - start
    say("squares", seconds, quality_of(y, model.predict(x)))


def sklearn_process(data):
    """What a script does that someone would write instead of one mltool command."""
    from sklearn.ensemble import AdaBoostClassifier
    from sklearn.metrics import accuracy_score
    from sklearn.model_selection import train_test_split

    table = read(data)
    x, x_test, y, y_test = train_test_split(
        table.iloc[:, :-1].to_numpy(), table.iloc[:, -1].to_numpy(), test_size=0.2, random_state=42)
    start = time.perf_counter()
    model = AdaBoostClassifier(n_estimators=50, algorithm="SAMME", random_state=42).fit(x, y)
    seconds = time.perf_counter() - start
    say("process", seconds, accuracy_score(y_test, model.predict(x_test)))


def xgboost_model(work, threads):
    """Trees grown out as the others' are, by the method that does it fastest: on 160,000 rows "hist" takes four times
    as long to the same quality. Its defaults stop at 6 levels and predict worse, so they would prove nothing."""
    import xgboost

    shared = dict(n_estimators=100, random_state=42, n_jobs=threads, tree_method="exact", max_depth=30,
                  min_child_weight=0, reg_lambda=1e-5, subsample=0.632)
    if work == "forest":
        return xgboost.XGBRFClassifier(colsample_bynode=0.19, **shared)  # 5 of 28: the square root
    return xgboost.XGBRFRegressor(colsample_bynode=1.0, **shared)


def main(peer, work, data=None, split=None, threads=None):
    if peer == "has":
        module = importlib.import_module(work)
        for needed in ("pandas", "sklearn") if work != "pandas" else ():
            importlib.import_module(needed)
        print(module.__version__)
    elif peer == "pandas":
        start = time.perf_counter()
        table = read(data)
        seconds = time.perf_counter() - start
        say("load", seconds, table.to_numpy().sum())
    elif work == "squares":
        sklearn_squares(data)
    elif work == "process":
        sklearn_process(data)
    else:
        make = xgboost_model if peer == "xgboost" else sklearn_model
        fit_and_predict(make(work, int(threads)), work, data, split)


main(*sys.argv[1:])
