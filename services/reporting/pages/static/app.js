// Draws the rows that stand beside each table. The page is whole without it.
(() => {
  "use strict";
  const COLOURS = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5"];
  // Plot puts a <style> into each drawing, which the page's policy forbids: drawn in a document of no window, it is
  // taken out before the drawing is moved here.
  const aside = new DOMParser().parseFromString("<!doctype html><title>.</title>", "text/html");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  let borders = null;

  const tall = (width) => Math.min(400, Math.max(230, width * 0.44));
  const day = (text) => new Date(`${text}T00:00:00Z`);

  function formats(lang) {
    const locale = lang === "id" ? "id-ID" : "en-GB";
    const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
    const short = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
    const date = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
    const month = new Intl.DateTimeFormat(locale, { month: "short", year: "numeric", timeZone: "UTC" });
    const unit = { rupiah: (text) => `Rp\u00a0${text}`, percent: (text) => `${text}\u00a0%` };
    const as = (kind) => unit[kind] ?? ((text) => text);
    return {
      // people do not come in halves: an axis that has room for few of them names whole numbers only
      count: (n) => (Number.isInteger(n) ? (n ? short.format(n) : "0") : ""),
      whole: (n, kind) => as(kind)(whole.format(n)), short: (n, kind) => as(kind)(n ? short.format(n) : "0"),
      date: (d) => date.format(d), month: (d) => month.format(d),
      // months in a row: the year stands under its first one; where room is short, every third month is named
      runs: (width) => (d, place) => {
        const [name, year] = month.format(d).split(" ");
        if (d.getUTCMonth() === 0) return `${name}\n${year}`;
        return width < 460 && d.getUTCMonth() % 3 ? "" : place === 0 && d.getUTCMonth() < 10 ? `${name}\n${year}` : name;
      },
    };
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
      width, height: tall(width), marginLeft: 56, marginTop: 40,
      x: { type: "utc", label: null, tickFormat: (d) => f.month(d), ticks: d3.utcMonth.every(width < 460 ? 12 : 6) },
      y: { label: null, grid: true, tickFormat: (n) => f.count(n), nice: true },
      color: { domain: names, range: fills },
      marks: [
        Plot.areaY(whole, { x: "day", y: "value", fill: "name", order: names, curve: "step-after", stroke: "white", strokeWidth: 0.75 }),
        Plot.rect([{ from: now, to: new Date(days[days.length - 1]) }], { x1: "from", x2: "to", fill: "white", fillOpacity: 0.5 }),
        Plot.ruleX([now], { stroke: colour("--ink"), strokeDasharray: "3 3" }),
        Plot.text([now], { x: (d) => d, frameAnchor: "top", dy: -30, text: () => f.date(now), fill: colour("--ink") }),
        Plot.text([now], { x: (d) => d, frameAnchor: "top", textAnchor: "start", dx: 6, dy: -14, text: () => `${it.labels.forecast} →`, fill: colour("--soft") }),
        Plot.ruleY([0], { stroke: colour("--soft") }),
      ],
    });
    return [key(names, fills), drawn];
  }

  // on a phone a name stands above its bar, where it has room
  function bars(it, width, f) {
    const narrow = width < 460, kind = it.kinds[it.x];
    const names = it.rows.map((row) => row[it.y]);
    const drawn = plot({
      width, height: 16 + names.length * (narrow ? 46 : 34), marginLeft: narrow ? 2 : 200, marginRight: kind === "rupiah" ? 110 : 66, marginTop: narrow ? 14 : 4, marginBottom: 4,
      x: { axis: null, domain: [0, d3.max(it.rows, (row) => row[it.x]) || 1] },
      y: { axis: narrow ? null : "left", label: null, domain: names, tickSize: 0, padding: narrow ? 0.55 : 0.3 },
      marks: [
        Plot.barX(it.rows, { x: it.x, y: it.y, fill: colour("--series-1"), rx: 2 }),
        ...(narrow ? [Plot.text(it.rows, { x: 0, y: it.y, text: it.y, textAnchor: "start", dy: -18, fill: colour("--ink") })] : []),
        Plot.text(it.rows, { x: it.x, y: it.y, text: (row) => f.whole(row[it.x], kind), textAnchor: "start", dx: 6, fill: colour("--ink") }),
        ...(narrow ? [] : [Plot.ruleX([0], { stroke: colour("--soft") })]),
      ],
    });
    return it.labels[it.x].toLowerCase() === it.unit ? [drawn] : [key([it.labels[it.x]], [colour("--series-1")]), drawn];
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

  // every month up to that of the day, also those of which there is nothing to tell
  const months = (it, since) => d3.utcMonth.range(since(day(it.day)), d3.utcDay.offset(day(it.day), 1));

  function columns(it, width, f) {
    const rows = it.rows.map((row) => ({ ...row, at: day(row[it.x]) }));
    const names = it.series ? ranked(rows, it.series, it.y) : [""];
    const fills = names.map((_, place) => colour(COLOURS[place % COLOURS.length]));
    const drawn = plot({
      width, height: tall(width), marginLeft: 64, marginBottom: 40,
      x: { type: "band", label: null, domain: months(it, d3.utcYear), tickFormat: f.runs(width), padding: 0.25 },
      y: { label: null, grid: true, tickFormat: (n) => f.short(n, it.kinds[it.y]) },
      color: { domain: names, range: fills },
      marks: [
        Plot.barY(rows, { x: "at", y: it.y, fill: it.series || (() => fills[0]), order: names, insetTop: 0.5, title: (row) => `${f.month(row.at)}, ${row[it.series]}: ${f.whole(row[it.y], it.kinds[it.y])}` }),
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
    return [key(names, fills), plot({
      width, height: tall(width), marginLeft: 56, marginBottom: 40,
      x: { type: "band", label: null, domain: months(it, (now) => d3.utcMonth(d3.utcDay.offset(now, -365))), tickFormat: f.runs(width), padding: 0.25 },
      y: { label: null, grid: true, nice: true, tickFormat: (n) => f.count(Math.abs(n)) },
      color: { domain: names, range: fills },
      marks: [Plot.barY(rows, { x: "at", y: "value", fill: "name", order: names, title: (row) => `${f.month(row.at)}, ${row.name}: ${f.whole(Math.abs(row.value))}` }), Plot.ruleY([0], { stroke: colour("--ink") })],
    })];
  }

  function cliff(it, width, f) {
    const rows = it.rows.filter((row) => row[it.y] > 0).map((row) => ({ ...row, at: day(row[it.x]) }));
    if (!rows.length) return [];
    const from = day(it.day), half = d3.utcDay.offset(from, 183);
    const tallest = d3.sort(rows, (row) => -row[it.y]).slice(0, rows.length > 2 ? 1 : 2);
    return [plot({
      width, height: tall(width), marginLeft: 56, marginTop: 28, marginRight: 24,
      x: { type: "utc", label: null, domain: [from, d3.utcDay.offset(from, 366)], tickFormat: (d) => f.month(d), ticks: d3.utcMonth.every(width < 460 ? 4 : 3) },
      y: { label: null, grid: true, tickFormat: (n) => f.count(n) },
      marks: [
        Plot.ruleX(rows, { x: "at", y: it.y, stroke: colour("--series-2"), strokeWidth: 6, title: (row) => `${f.date(row.at)}: ${f.whole(row[it.y])}` }),
        ...tallest.map((one) => Plot.text([one], { x: "at", y: it.y, dy: -12, textAnchor: one.at < half ? "start" : "end", text: (row) => `${f.whole(row[it.y])} · ${f.date(row.at)}`, fill: colour("--ink") })),
        Plot.ruleY([0], { stroke: colour("--soft") }),
      ],
    })];
  }

  // Zero, more than zero and not asked for are three colours; ranges are whole numbers that do not touch.
  async function map(it, width, f) {
    borders ??= Promise.all(["gianyar_villages", "gianyar_districts"].map((name) => fetch(`/static/${name}.geojson`).then((answer) => answer.json())));
    const [villages, districts] = await borders;
    const value = new Map(it.rows.map((row) => [row[it.x], row[it.y]]));
    if (!villages.features.some((one) => value.has(one.id))) return [];
    const within = (code) => !it.area || code === it.area || code.startsWith(`${it.area}.`);
    const most = d3.max(value.values());
    const step = Math.max(1, d3.tickStep(0, most, 5));
    const ranges = d3.range(Math.ceil(most / step)).map((place) => [place * step + 1, (place + 1) * step]);
    const ramp = d3.interpolateRgb(colour("--least"), colour("--most"));
    const fills = ranges.map((_, place) => ramp(ranges.length > 1 ? place / (ranges.length - 1) : 1));
    const none = colour("--none"), outside = colour("--paper");
    const fill = (code) => (!within(code) ? outside : value.get(code) ? fills[Math.ceil(value.get(code) / step) - 1] : none);
    const tell = (code) => `${it.names[code]}: ${within(code) ? `${f.whole(value.get(code) ?? 0)} ${it.unit}` : it.said.outside}`;
    const wide = Math.min(width, 520);
    const drawn = plot({
      width: wide, height: wide * 1.18, margin: 2, projection: { type: "mercator", domain: districts },
      marks: [
        Plot.geo(villages.features, { fill: (one) => fill(one.id), stroke: "white", strokeWidth: 0.6, title: (one) => tell(one.id) }),
        Plot.geo(districts, { stroke: "#33484a", strokeWidth: 1.1, fill: "none", pointerEvents: "none" }),
      ],
    });
    const told = document.createElement("p");
    told.className = "told";
    told.setAttribute("aria-live", "polite");
    told.textContent = it.said.hint;
    choose(drawn, d3.sort(villages.features.map((one) => one.id).filter(within), (code) => -(value.get(code) ?? 0)), villages.features.map((one) => one.id), (code) => { told.textContent = tell(code); });
    const words = ranges.map(([low, high]) => (low === high ? f.whole(low) : `${f.whole(low)}–${f.whole(high)}`));
    return [drawn, told, key(["0", ...words, ...(it.area ? [it.said.outside] : [])], [none, ...fills, ...(it.area ? [outside] : [])])];
  }

  // A village is told of under the pointer or the finger, and from the keyboard: the arrows go from the most to the least.
  function choose(drawn, order, drawnOrder, tell) {
    const shapes = [...drawn.querySelectorAll("g")].find((group) => group.querySelectorAll("path").length === drawnOrder.length).querySelectorAll("path");
    const at = new Map(drawnOrder.map((code, place) => [code, shapes[place]]));
    let chosen = -1;
    const show = (code) => {
      shapes.forEach((shape) => shape.classList.remove("chosen"));
      at.get(code).classList.add("chosen");
      at.get(code).parentNode.append(at.get(code));
      chosen = order.indexOf(code);
      tell(code);
    };
    at.forEach((shape, code) => shape.addEventListener("pointerenter", () => show(code)));
    drawn.setAttribute("tabindex", "0");
    drawn.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      show(order[Math.min(order.length - 1, Math.max(0, chosen + step))]);
    });
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
  for (const trouble of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(trouble, () => document.getElementById("busy").classList.add("away"));
  document.addEventListener("htmx:beforeSend", () => document.getElementById("busy").classList.remove("away"));
  let waiting = 0;
  let seen = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth === seen) return;
    seen = window.innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(drawAll, 150);
  });
})();
