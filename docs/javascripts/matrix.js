// The filters of the matrix. What is chosen stands behind the # of the address, so that
// a link keeps it and the back button undoes it; an anchor there chooses nothing.
(() => {
  const form = document.getElementById("filters");
  const tables = [...document.querySelectorAll("table.matrix")].map((table) => ({
    table,
    rows: [...table.tBodies[0].rows],
    heads: [...table.tHead.rows[0].cells],
  }));
  const hiding = document.head.appendChild(document.createElement("style"));

  const chosen = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const words = (text) => (text ? text.split(" ") : []);

  function apply() {
    const { loss, environment, probe, kind, differ } = chosen();
    for (const field of form.querySelectorAll("select")) {
      field.value = chosen()[field.name] || "";
    }
    form.elements.differ.checked = Boolean(differ);

    const columns = tables[0].heads
      .map((head, column) => ({ column, ...head.dataset }))
      .filter((head) => head.probe);
    const away = columns.filter(
      (head) =>
        (probe && head.probe !== probe) || words(head.not).includes(environment),
    );
    const seen = columns.filter((head) => !away.includes(head));
    const hidden = away.map(({ column }) => `.matrix tr > :nth-child(${column + 1})`);
    hiding.textContent = hidden.length ? `${hidden.join()} { display: none }` : "";

    const fits = ({ dataset }) =>
      (!kind || dataset.kind === kind) && (!differ || "differs" in dataset);
    let shown = 0;
    for (const { table, rows } of tables) {
      let inTable = 0;
      for (const row of rows) {
        const { row: variant, environments } = row.dataset;
        const visible =
          (!loss || variant.startsWith(`${loss}/`)) &&
          (!environment || words(environments).includes(environment)) &&
          ((!kind && !differ) || seen.some(({ column }) => fits(row.cells[column])));
        row.hidden = !visible;
        inTable += visible;
      }
      const region = table.parentElement;
      region.hidden = region.previousElementSibling.hidden = !inTable;
      shown += inTable;
    }
    const all = tables.reduce((sum, { rows }) => sum + rows.length, 0);
    form.querySelector("output").textContent = `${shown} of ${all} rows`;
  }

  function follow() {
    apply();
    document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
  }

  function choose() {
    const given = [...new FormData(form)].filter(([, value]) => value);
    history.pushState(null, "", `#${new URLSearchParams(given)}`);
    apply();
  }

  form.addEventListener("change", choose);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    history.pushState(null, "", "#");
    apply();
  });
  addEventListener("hashchange", follow);
  form.hidden = false;
  apply();
})();
