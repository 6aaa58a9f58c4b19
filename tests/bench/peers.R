# The R side of scripts/bench, as peers.py is the Python side.
# Usage: peers.R has PEER | peers.R PEER WORK DATA.csv SPLIT.csv THREADS

say <- function(work, seconds, quality) {
    cat(work, " ", format(seconds, digits = 10), " ", format(quality, digits = 16), "\n", sep = "")
}

now <- function() as.numeric(Sys.time())

# data.table reads faster, where it is there.
read <- function(path, threads) {
    if (requireNamespace("data.table", quietly = TRUE)) {
        data.table::setDTthreads(threads)
        return(data.table::fread(path, data.table = FALSE))
    }
    read.csv(path)
}

ranger_forest <- function(work, data, split, threads) {
    table <- read(data, threads)
    rows <- read(split, threads)
    train <- rows$row[rows$part == "train"] + 1
    test <- rows$row[rows$part == "test"] + 1
    target <- ncol(table)
    classes <- work == "forest"
    y <- if (classes) factor(table[[target]]) else table[[target]]
    x <- as.matrix(table[, -target])
    x_train <- x[train, ]
    x_test <- x[test, ]
    # As scikit-learn's forests: grown out, features tried at a split, no out-of-bag score.
    start <- now()
    model <- ranger::ranger(
        x = x_train, y = y[train], num.trees = 100, num.threads = threads, seed = 42, oob.error = FALSE,
        mtry = if (classes) floor(sqrt(ncol(x))) else ncol(x), min.node.size = 1, verbose = FALSE)
    fitted <- now()
    predicted <- predict(model, x_test, num.threads = threads, verbose = FALSE)$predictions
    done <- now()
    truth <- y[test]
    quality <- if (classes) mean(truth == predicted) else 1 - sum((truth - predicted)^2) / sum((truth - mean(truth))^2)
    say(work, fitted - start, quality)
    if (classes) say("predict", done - fitted, quality)
}

fread_load <- function(data, threads) {
    data.table::setDTthreads(threads)
    start <- now()
    table <- data.table::fread(data)
    seconds <- now() - start
    say("load", seconds, sum(sapply(table, sum)))
}

arguments <- commandArgs(trailingOnly = TRUE)
if (arguments[1] == "has") {
    cat(format(packageVersion(arguments[2])), "\n", sep = "")
} else if (arguments[1] == "data.table") {
    fread_load(arguments[3], as.integer(arguments[5]))
} else {
    ranger_forest(arguments[2], arguments[3], arguments[4], as.integer(arguments[5]))
}
