// Run an ONNX graph of `mltool export` with onnxruntime-node: node run_onnx.js GRAPH.onnx COLUMNS.json DATA.csv
// COLUMNS.json is `columns` of `mltool inspect --format json`. Prints what `mltool predict --proba` prints.
const fs = require("fs");
const ort = require("onnxruntime-node");

async function main([graph, columnsFile, dataFile]) {
    const columns = JSON.parse(fs.readFileSync(columnsFile, "utf8"));
    const rows = fs.readFileSync(dataFile, "utf8").trimEnd().split("\n").map((line) => line.split(","));
    const header = rows.shift();
    const cells = new Float64Array(rows.length * columns.length);
    columns.forEach((column, j) => {
        const at = header.indexOf(column.name);
        rows.forEach((row, i) => {
            const text = row[at];
            const missing = text === "" || text === "NA";
            cells[i * columns.length + j] = missing ? NaN : column.levels ? column.levels.indexOf(text) : Number(text);
        });
    });
    const session = await ort.InferenceSession.create(graph);
    const found = await session.run({ X: new ort.Tensor("float64", cells, [rows.length, columns.length]) });
    const shares = found.probabilities, width = shares ? shares.dims[1] : 0;
    console.log("prediction" + ",p".repeat(width));
    for (let i = 0; i < rows.length; i++)
        console.log([found.prediction.data[i], ...Array.from({ length: width }, (_, c) => shares.data[i * width + c])].join(","));
}

main(process.argv.slice(2)).catch((error) => {
    console.error(String(error));
    process.exit(1);
});
