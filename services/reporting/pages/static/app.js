// Draws the rows that stand beside each table. The page is whole without it.
(() => {
  "use strict";
  const COLOURS = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5"];
  // Plot puts a <style> into each drawing, which the page's policy forbids: drawn in a document of no window, it is
  // taken out before the drawing is moved here.
  const aside = new DOMParser().parseFromString("<!doctype html><title>.</title>", "text/html");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  let borders = null;

  const day = (text) => new Date(`${text}T00:00:00Z`);

  function formats(lang) {
    const locale = lang === "id" ? "id-ID" : "en-GB";
    const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
    const short = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
    const date = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
    const month = new Intl.DateTimeFormat(locale, { month: "short", year: "numeric", timeZone: "UTC" });
    return { whole: (n) => whole.format(n), short: (n) => short.format(n), date: (d) => date.format(d), month: (d) => month.format(d) };
  }

  function plot(options) {
    const drawn = Plot.plot({ document: aside, className: "plot", style: { background: "none" }, ...options });
    const found = drawn.tagName.toLowerCase() === "svg" ? drawn : drawn.querySelector("svg");
    found.querySelectorAll("style").forEach((each) => each.remove());
    // bare groups may carry no label of their own; the drawing has one, and the table says the rest
    found.querySelectorAll("[aria-label], [aria-description], [aria-hidden]").forEach((each) => {
      for (const name of ["aria-label", "aria-description", "aria-hidden"]) each.removeAttribute(name);
    });
    return document.importNode(found, true);
  }

  function key(names, fills) {
    const list = document.createElement("ul");
    list.className = "key";
    names.forEach((name, place) => {
      const item = document.createElement("li");
      const mark = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      mark.setAttribute("aria-hidden", "true");
      for (const [what, value] of [["width", 14], ["height", 14], ["rx", 3], ["fill", fills[place]]]) box.setAttribute(what, value);
      mark.append(box);
      item.append(mark, name);
      list.append(item);
    });
    return list;
  }

  const ranked = (rows, series, y) =>
    d3.rollups(rows, (each) => d3.sum(each, (row) => row[y]), (row) => row[series]).sort((a, b) => b[1] - a[1]).map((each) => each[0]);

  function area(it, width, f) {
    const rows = it.rows.map((row) => ({ ...row, day: day(row[it.x]) }));
    const names = ranked(rows, it.series, it.y);
    const fills = names.map((_, place) => colour(COLOURS[place % COLOURS.length]));
    // a segment without people on a day has no row; the stack needs one
    const at = new Map(rows.map((row) => [`${+row.day}|${row[it.series]}`, row[it.y]]));
    const days = [...new Set(rows.map((row) => +row.day))].sort((a, b) => a - b);
    const whole = days.flatMap((each) => names.map((name) => ({ day: new Date(each), name, value: at.get(`${each}|${name}`) ?? 0 })));
    const now = day(it.day);
    const drawn = plot({
      width, height: Math.max(240, width * 0.46), marginLeft: 56, marginTop: 26,
      x: { type: "utc", label: null, tickFormat: (d) => f.month(d), ticks: d3.utcMonth.every(width < 460 ? 12 : 6) },
      y: { label: null, grid: true, tickFormat: (n) => f.short(n), nice: true },
      color: { domain: names, range: fills },
      marks: [
        Plot.areaY(whole, { x: "day", y: "value", fill: "name", order: names, curve: "step-after", fillOpacity: (row) => 0.9 }),
        Plot.rect([{ from: now, to: new Date(days[days.length - 1]) }], { x1: "from", x2: "to", fill: "white", fillOpacity: 0.5 }),
        Plot.ruleX([now], { stroke: colour("--ink"), strokeDasharray: "3 3" }),
        Plot.text([now], { x: (d) => d, frameAnchor: "top", dy: -16, text: () => f.date(now), fill: colour("--ink") }),
        Plot.ruleY([0], { stroke: colour("--soft") }),
      ],
    });
    return [key(names, fills), drawn];
  }

  function bars(it, width, f) {
    const left = Math.min(180, width * 0.36);
    return [plot({
      width, height: 24 + it.rows.length * 34, marginLeft: left, marginRight: 66, marginTop: 4, marginBottom: 8,
      x: { axis: null, domain: [0, d3.max(it.rows, (row) => row[it.x]) || 1] },
      y: { label: null, domain: it.rows.map((row) => row[it.y]), tickSize: 0, padding: 0.3 },
      marks: [
        Plot.barX(it.rows, { x: it.x, y: it.y, fill: colour("--series-1"), rx: 2 }),
        Plot.text(it.rows, { x: it.x, y: it.y, text: (row) => f.whole(row[it.x]), textAnchor: "start", dx: 6, fill: colour("--ink") }),
        Plot.ruleX([0], { stroke: colour("--soft") }),
      ],
    })];
  }

  function bullets(it, width, f) {
    const rows = it.rows.filter((row) => row[it.x] !== null);
    if (!rows.length) return [];
    return [plot({
      width, height: 30 + rows.length * 58, marginLeft: 4, marginRight: 60, marginTop: 20, marginBottom: 24,
      x: { label: null, domain: [0, 100], tickFormat: (n) => `${n}\u00a0%`, ticks: 5 },
      y: { axis: null, domain: rows.map((row) => row[it.y]), padding: 0.55 },
      marks: [
        Plot.barX(rows, { x: () => 100, y: it.y, fill: colour("--line"), rx: 2 }),
        Plot.barX(rows, { x: it.x, y: it.y, fill: colour("--series-1"), rx: 2 }),
        Plot.text(rows, { x: 0, y: it.y, text: it.y, textAnchor: "start", dy: -20, fill: colour("--ink") }),
        Plot.text(rows, { x: () => 100, y: it.y, text: (row) => `${f.whole(row[it.x])}\u00a0%`, textAnchor: "start", dx: 6, fontWeight: 600, fill: colour("--ink") }),
      ],
    })];
  }

  function columns(it, width, f) {
    const rows = it.rows.map((row) => ({ ...row, at: day(row[it.x]) }));
    const names = it.series ? ranked(rows, it.series, it.y) : [""];
    const fills = names.map((_, place) => colour(COLOURS[place % COLOURS.length]));
    const first = d3.min(rows, (row) => row.at), last = d3.max(rows, (row) => row.at);
    const drawn = plot({
      width, height: Math.max(220, width * 0.42), marginLeft: 56,
      x: { type: "band", label: null, domain: d3.utcMonth.range(first, d3.utcMonth.offset(last, 1)), tickFormat: (d) => f.month(d).replace(/ .*/, ""), padding: 0.25 },
      y: { label: null, grid: true, tickFormat: (n) => f.short(n) },
      color: { domain: names, range: fills },
      marks: [
        Plot.barY(rows, { x: "at", y: it.y, fill: it.series || (() => fills[0]), order: names }),
        Plot.ruleY([0], { stroke: colour("--soft") }),
      ],
    });
    return names.length > 1 ? [key(names, fills), drawn] : [drawn];
  }

  // what comes stands above the line, what goes below it
  function flows(it, width, f) {
    const ways = [...it.up.map((key) => ({ key, sign: 1 })), ...it.down.map((key) => ({ key, sign: -1 }))];
    const names = ways.map((way) => it.labels[way.key]);
    const fills = ways.map((_, place) => colour(COLOURS[place % COLOURS.length]));
    const rows = it.rows.flatMap((row) => ways.map((way) => ({ at: day(row[it.x]), name: it.labels[way.key], value: way.sign * row[way.key] })));
    if (!rows.some((row) => row.value)) return [];
    const first = d3.min(rows, (row) => row.at), last = d3.max(rows, (row) => row.at);
    return [key(names, fills), plot({
      width, height: Math.max(240, width * 0.42), marginLeft: 56,
      x: { type: "band", label: null, domain: d3.utcMonth.range(first, d3.utcMonth.offset(last, 1)), tickFormat: (d) => f.month(d).replace(/ .*/, ""), padding: 0.25 },
      y: { label: null, grid: true, nice: true, tickFormat: (n) => f.short(Math.abs(n)) },
      color: { domain: names, range: fills },
      marks: [Plot.barY(rows, { x: "at", y: "value", fill: "name", order: names }), Plot.ruleY([0], { stroke: colour("--ink") })],
    })];
  }

  function cliff(it, width, f) {
    const rows = it.rows.filter((row) => row[it.y] > 0).map((row) => ({ ...row, at: day(row[it.x]) }));
    if (!rows.length) return [];
    const tall = d3.greatest(rows, (row) => row[it.y]);
    return [plot({
      width, height: Math.max(220, width * 0.42), marginLeft: 56, marginTop: 28, marginRight: 24,
      x: { type: "utc", label: null, domain: [day(it.day), d3.utcDay.offset(day(it.day), 366)], tickFormat: (d) => f.month(d), ticks: d3.utcMonth.every(3) },
      y: { label: null, grid: true, tickFormat: (n) => f.short(n) },
      marks: [
        Plot.ruleX(rows, { x: "at", y: it.y, stroke: colour("--series-2"), strokeWidth: 5 }),
        Plot.text([tall], { x: "at", y: it.y, dy: -12, textAnchor: tall.at < d3.utcDay.offset(day(it.day), 183) ? "start" : "end", text: (row) => `${f.whole(row[it.y])} · ${f.date(row.at)}`, fill: colour("--ink") }),
        Plot.ruleY([0], { stroke: colour("--soft") }),
      ],
    })];
  }

  async function map(it, width, f) {
    borders ??= Promise.all(["gianyar_villages", "gianyar_districts"].map((name) => fetch(`/static/${name}.geojson`).then((answer) => answer.json())));
    const [villages, districts] = await borders;
    const people = new Map(it.rows.map((row) => [row[it.x], row]));
    const most = d3.max(it.rows, (row) => row[it.y]) || 1;
    if (!villages.features.some((one) => people.has(one.id))) return [];
    const steps = [0.08, 0.28, 0.48, 0.68, 0.9].map((t) => d3.interpolateRgb("#e6efee", "#0b4a4a")(t));
    const scale = d3.scaleQuantize([0, most], steps);
    const ranges = steps.map((_, place) => `${f.short(Math.ceil(scale.invertExtent(steps[place])[0]))}–${f.short(Math.floor(scale.invertExtent(steps[place])[1]))}`);
    const drawn = plot({
      width, height: width * 1.18, margin: 2, projection: { type: "mercator", domain: districts },
      marks: [
        Plot.geo(villages.features, { fill: (one) => scale(people.get(one.id)?.[it.y] ?? 0), stroke: "white", strokeWidth: 0.6,
          title: (one) => { const row = people.get(one.id); return row ? `${row[it.label]} (${one.id}): ${f.whole(row[it.y])} ${it.unit}` : one.id; } }),
        Plot.geo(districts, { stroke: "#33484a", strokeWidth: 1.1, fill: "none" }),
      ],
    });
    return [drawn, key(ranges, steps)];
  }

  const KINDS = { area, bars, bullets, columns, flows, cliff, map };

  async function draw(place) {
    const it = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    const parts = await KINDS[it.kind](it, Math.max(280, place.clientWidth), formats(place.dataset.lang));
    const table = place.closest(".panel").querySelector("details.rows");
    if (!parts.length) { table.open = true; place.replaceChildren(); return; }
    const svg = parts.find((part) => part instanceof SVGElement);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `${it.title} (${it.unit})`);
    place.replaceChildren(...parts);
    place.dataset.drawn = "yes";
  }

  async function drawAll() {
    await Promise.all([...document.querySelectorAll("[data-chart]")].map(draw));
    document.documentElement.dataset.drawn = "yes";
  }

  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("htmx:afterSwap", drawAll);
  let waiting = 0;
  let seen = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth === seen) return;
    seen = window.innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(drawAll, 150);
  });
})();
