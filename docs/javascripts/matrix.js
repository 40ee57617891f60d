// The filters of the matrix. What is chosen stands behind the # of the address, so that
// a link keeps it and the back button undoes it. An anchor there chooses to see all, for
// what it names may be in a row that does not differ.
(() => {
  const form = document.getElementById("filters");
  const selects = [...form.querySelectorAll("select")];
  const { differ, words } = form.elements;
  const tables = [...document.querySelectorAll("table.matrix")].map((table) => ({
    table,
    rows: [...table.tBodies[0].rows],
    heads: [...table.tHead.rows[0].cells],
  }));
  const hiding = document.head.appendChild(document.createElement("style"));

  const split = (text) => (text ? text.split(" ") : []);
  const address = () => location.hash.slice(1);

  function anchored() {
    try {
      return document.getElementById(decodeURIComponent(address()));
    } catch {
      return null; // a % that encodes nothing
    }
  }

  // Into the form what the address chooses: all where it names no such choice.
  function fill() {
    const given = new URLSearchParams(address());
    for (const select of selects) {
      const known = [...select.options].map(({ value }) => value);
      const value = given.get(select.name);
      select.value = known.includes(value) ? value : "";
    }
    differ.checked = given.get("differ") !== "no" && !anchored();
    words.checked = given.get("words") === "yes";
  }

  function chosen() {
    const values = selects.map(({ name, value }) => [name, value]);
    return { ...Object.fromEntries(values), differ: differ.checked };
  }

  // The columns that are left.
  function hideColumns({ environment, probe }) {
    const columns = tables[0].heads
      .map((head, column) => ({ column, ...head.dataset }))
      .filter((head) => head.probe);
    const away = columns.filter(
      (head) =>
        (probe && head.probe !== probe) || split(head.not).includes(environment),
    );
    const hidden = away.map(({ column }) => `.matrix tr > :nth-child(${column + 1})`);
    hiding.textContent = hidden.length ? `${hidden.join()} { display: none }` : "";
    return columns.filter((head) => !away.includes(head));
  }

  function fits(row, columns, { loss, environment, kind, differ }) {
    const { row: variant, environments } = row.dataset;
    const fitting = ({ dataset }) =>
      (!kind || dataset.kind === kind) && (!differ || "differs" in dataset);
    return (
      (!loss || variant.startsWith(`${loss}/`)) &&
      (!environment || split(environments).includes(environment)) &&
      ((!kind && !differ) || columns.some(({ column }) => fitting(row.cells[column])))
    );
  }

  // How many rows are left; a table without any goes with its heading.
  function hideRows({ table, rows }, columns, choice) {
    for (const row of rows) row.hidden = !fits(row, columns, choice);
    const shown = rows.filter((row) => !row.hidden).length;
    const region = table.parentElement;
    region.hidden = region.previousElementSibling.hidden = !shown;
    table.classList.toggle("words", words.checked);
    return shown;
  }

  function apply() {
    fill();
    const choice = chosen();
    const columns = hideColumns(choice);
    const shown = tables.map((table) => hideRows(table, columns, choice));
    const sum = (numbers) => numbers.reduce((one, other) => one + other, 0);
    const all = sum(tables.map(({ rows }) => rows.length));
    form.querySelector("output").textContent = `${sum(shown)} of ${all} rows`;
  }

  function go(given) {
    history.pushState(null, "", `#${new URLSearchParams(given)}`);
    apply();
  }

  function choose() {
    const given = selects.map(({ name, value }) => [name, value]);
    if (!differ.checked) given.push(["differ", "no"]);
    if (words.checked) given.push(["words", "yes"]);
    go(given.filter(([, value]) => value));
  }

  function follow() {
    apply();
    anchored()?.scrollIntoView();
  }

  form.addEventListener("change", choose);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    go({ differ: "no" });
  });
  addEventListener("hashchange", follow);
  form.hidden = false;
  follow();
})();
