// Draws the rows that stand beside each table. The page is whole without it.
(() => {
  "use strict";
  const COLOURS = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5"];
  // Plot puts a <style> into each drawing, which the page's policy forbids: drawn in a document of no window, it is
  // taken out before the drawing is moved here.
  const aside = new DOMParser().parseFromString("<!doctype html><title>.</title>", "text/html");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colours = (names) => names.map((_, place) => colour(COLOURS[place % COLOURS.length]));
  const BARS_MAX = 40;
  let borders = null, level = "village";

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
    const hundredths = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    const exact = (kind) => (kind === "percent" ? hundredths : whole);
    return {
      // people do not come in halves: an axis that has room for few of them names whole numbers only
      count: (n) => (Number.isInteger(n) ? (n ? short.format(n) : "0") : ""),
      whole: (n, kind) => (n === null ? "–" : as(kind)(exact(kind).format(n))), short: (n, kind) => as(kind)(n ? short.format(n) : "0"),
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
    const list = Object.assign(document.createElement("ul"), { className: "key" });
    names.forEach((name, place) => {
      const mark = document.createElementNS("http://www.w3.org/2000/svg", "svg"), item = document.createElement("li");
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

  // What there is of a day stands for the whole of it: a step begins with its day, the last one ends with the last day.
  function area(it, width, f) {
    const rows = it.rows.map((row) => ({ ...row, day: day(row[it.x]) }));
    const names = ranked(rows, it.series, it.y);
    const fills = colours(names);
    const at = new Map(rows.map((row) => [`${+row.day}|${row[it.series]}`, row[it.y]]));
    const days = d3.sort(new Set(rows.map((row) => +row.day)));
    const until = d3.utcDay.offset(new Date(days[days.length - 1]), 1);
    const steps = [...days.map((each) => [each, each]), [+until, days[days.length - 1]]];
    const whole = steps.flatMap(([x, of]) => names.map((name) => ({ day: new Date(x), name, value: at.get(`${of}|${name}`) ?? 0 })));
    const asked = day(it.day), from = d3.max([d3.utcDay.offset(day(it.known_on), 1), new Date(days[0])]);
    const side = asked > (days[0] + +until) / 2 ? "end" : "start";
    const drawn = plot({
      width, height: tall(width), marginLeft: 56, marginTop: 40, marginRight: 12,
      x: { type: "utc", label: null, domain: [new Date(days[0]), until], tickFormat: (d) => f.month(d), ticks: d3.utcMonth.every(width < 460 ? 12 : 6) },
      y: { label: null, grid: true, tickFormat: (n) => f.count(n), nice: true },
      color: { domain: names, range: fills },
      marks: [
        Plot.areaY(whole, { x: "day", y: "value", fill: "name", order: names, curve: "step-after" }),
        ...(from < until ? [
          Plot.rect([{ from, until }], { x1: "from", x2: "until", fill: "white", fillOpacity: 0.5 }),
          Plot.text([it.labels.forecast], { frameAnchor: "top-right", dy: -14, text: (said) => said, fill: colour("--soft") }),
        ] : []),
        Plot.ruleX([asked], { stroke: colour("--ink"), strokeDasharray: "3 3" }),
        Plot.text([asked], { x: (d) => d, frameAnchor: "top", textAnchor: side, dx: side === "end" ? 4 : -4, dy: -30, text: () => f.date(asked), fill: colour("--ink") }),
        Plot.ruleY([0], { stroke: colour("--soft") }),
      ],
    });
    return [key(names, fills), drawn];
  }

  // What a row is called: by one of its columns, or by several.
  const called = (row, keys) => [keys].flat().map((each) => row[each]).filter((each) => each !== null && each !== undefined).join(", ");

  // Rows of the same name are one bar; what none of them tells is not nil.
  const total = (rows, one) => (rows.some((row) => row[one] !== null) ? d3.sum(rows, (row) => row[one]) : null);
  const summed = (it, keys) =>
    d3.rollups(it.rows, (each) => Object.fromEntries(keys.map((one) => [one, total(each, one)])), (row) => called(row, it.y))
      .map(([name, values]) => ({ name, ...values }));

  // Bars that lie; on a phone a name stands above its bar, where it has room. `parts` of a bar lie one after the other.
  function bars(it, width, f) {
    const narrow = width < 460, kind = it.kinds[it.x], parts = it.parts ?? [it.x];
    const rows = summed(it, [...new Set([it.x, ...parts])]);
    const names = rows.map((row) => row.name), fills = colours(parts);
    if (names.length > BARS_MAX) return [];
    const pieces = rows.flatMap((row) => parts.map((part) => ({ name: row.name, part, value: row[part] })));
    const drawn = plot({
      width, ...lying(names, narrow, kind),
      x: { axis: null, domain: [0, d3.max(rows, (row) => row[it.x]) || 1] },
      color: { domain: parts, range: fills },
      marks: [
        Plot.barX(pieces, { x: "value", y: "name", fill: "part", order: parts, rx: parts.length > 1 ? 0 : 2, title: (piece) => `${piece.name}: ${f.whole(piece.value, kind)} ${it.labels[piece.part]}` }),
        ...beside(rows, narrow, (row) => row[it.x] ?? 0, (row) => f.whole(row[it.x], kind)),
      ],
    });
    return parts.length > 1 || it.labels[it.x].toLowerCase() !== it.unit ? [key(parts.map((part) => it.labels[part]), fills), drawn] : [drawn];
  }

  // What there is lies on what was meant to be.
  function pairs(it, width, f) {
    const narrow = width < 460, kind = it.kinds[it.x];
    const rows = summed(it, [it.x, it.against]);
    if (rows.length > BARS_MAX) return [];
    const longest = (row) => Math.max(row[it.x], row[it.against]);
    const drawn = plot({
      width, ...lying(rows.map((row) => row.name), narrow, kind, 150),
      x: { axis: null, domain: [0, d3.max(rows, longest) || 1] },
      marks: [
        Plot.barX(rows.filter((row) => row[it.against] !== null), { x: it.against, y: "name", fill: colour("--none"), stroke: colour("--soft"), strokeWidth: 0.75, rx: 2 }),
        Plot.barX(rows, { x: it.x, y: "name", fill: colour("--series-1"), insetTop: 5, insetBottom: 5 }),
        ...beside(rows, narrow, longest, (row) => `${f.whole(row[it.x], kind)} / ${f.whole(row[it.against], kind)}`),
      ],
    });
    return [key([it.labels[it.x], it.labels[it.against]], [colour("--series-1"), colour("--none")]), drawn];
  }

  const short = (name) => (name.length > 44 ? `${name.slice(0, 43)}…` : name);
  const lying = (names, narrow, kind, room = 70) => ({
    height: 16 + names.length * (narrow ? 46 : 34), marginLeft: narrow ? 2 : Math.max(120, 16 + 6.6 * d3.max(names, (name) => short(name).length)),
    marginRight: kind === "rupiah" ? Math.max(room, 130) : room, marginTop: narrow ? 14 : 4, marginBottom: 4,
    y: { axis: narrow ? null : "left", label: null, domain: names, tickSize: 0, tickFormat: short, padding: narrow ? 0.55 : 0.3 },
  });

  const beside = (rows, narrow, x, text) => [
    ...(narrow ? [Plot.text(rows, { x: 0, y: "name", text: (row) => short(row.name), textAnchor: "start", dy: -18, fill: colour("--ink") })] : [Plot.ruleX([0], { stroke: colour("--soft") })]),
    Plot.text(rows, { x, y: "name", text, textAnchor: "start", dx: 6, fill: colour("--ink") }),
  ];

  function bullets(it, width, f) {
    const rows = it.rows.filter((row) => row[it.x] !== null);
    if (!rows.length) return [];
    return [plot({
      width, height: 30 + rows.length * 58, marginLeft: 4, marginRight: 72, marginTop: 20, marginBottom: 24,
      x: { label: null, domain: [0, 100], tickFormat: (n) => `${n}\u00a0%`, ticks: 5 },
      y: { axis: null, domain: rows.map((row) => row[it.y]), padding: 0.55 },
      marks: [
        Plot.barX(rows, { x: () => 100, y: it.y, fill: colour("--line"), rx: 2 }),
        Plot.barX(rows, { x: it.x, y: it.y, fill: colour("--series-1"), rx: 2 }),
        Plot.text(rows, { x: 0, y: it.y, text: it.y, textAnchor: "start", dy: -20, fill: colour("--ink") }),
        Plot.text(rows, { x: () => 100, y: it.y, text: (row) => f.whole(row[it.x], "percent"), textAnchor: "start", dx: 6, fontWeight: 600, fill: colour("--ink") }),
      ],
    })];
  }

  // every month up to that of the day, also those of which there is nothing to tell
  const months = (it, since) => d3.utcMonth.range(since(day(it.day)), d3.utcDay.offset(day(it.day), 1));

  function columns(it, width, f) {
    const rows = d3.flatRollup(it.rows, (each) => d3.sum(each, (row) => row[it.y]), (row) => row[it.x], (row) => row[it.series])
      .map(([month, name, value]) => ({ at: day(month), [it.series]: name, [it.y]: value }));
    if (!rows.some((row) => row[it.y])) return [];
    const names = it.series ? ranked(rows, it.series, it.y) : [""];
    const fills = colours(names);
    const drawn = plot({
      width, height: tall(width), marginLeft: 64, marginBottom: 40,
      x: { type: "band", label: null, domain: months(it, d3.utcYear), tickFormat: f.runs(width), padding: 0.25 },
      y: { label: null, grid: true, tickFormat: (n) => f.short(n, it.kinds[it.y]) },
      color: { domain: names, range: fills },
      marks: [
        Plot.barY(rows, { x: "at", y: it.y, fill: it.series || (() => fills[0]), order: names, insetTop: 0.5, title: (row) => `${[f.month(row.at), ...(it.series ? [row[it.series]] : [])].join(", ")}: ${f.whole(row[it.y], it.kinds[it.y])}` }),
        Plot.ruleY([0], { stroke: colour("--soft") }),
      ],
    });
    return it.series ? [key(names, fills), drawn] : [drawn];
  }

  // what comes stands above the line, what goes below it
  function flows(it, width, f) {
    const ways = [...it.up.map((key) => ({ key, sign: 1 })), ...it.down.map((key) => ({ key, sign: -1 }))];
    const names = ways.map((way) => it.labels[way.key]);
    const fills = colours(ways);
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

  // What ends stands wide; how many fewer people that leaves stands within it.
  function cliff(it, width, f) {
    const rows = it.rows.filter((row) => row[it.y] > 0 || row[it.net] > 0).map((row) => ({ ...row, at: day(row[it.x]) }));
    if (!rows.length) return [];
    const from = day(it.day), until = d3.utcDay.offset(from, 366), half = d3.utcDay.offset(from, 183);
    const tallest = d3.sort(rows, (row) => -row[it.y]).slice(0, rows.length > 2 ? 1 : 2);
    const told = (row) => `${f.date(row.at)}: ${[it.y, it.net].map((each) => `${it.labels[each]} ${f.whole(row[each])}`).join("; ")}`;
    const fills = [colour("--series-2"), colour("--series-4")];
    return [key([it.labels[it.y], it.labels[it.net]], fills), plot({
      width, height: tall(width), marginLeft: 56, marginTop: 28, marginRight: 24,
      x: { type: "utc", label: null, domain: [d3.utcDay.offset(from, -4), until], tickFormat: (d) => f.month(d), ticks: d3.utcMonth.every(width < 460 ? 4 : 3) },
      y: { label: null, grid: true, nice: true, tickFormat: (n) => f.count(n) },
      marks: [
        Plot.ruleX(rows, { x: "at", y: it.y, stroke: fills[0], strokeWidth: 10, title: told }),
        Plot.ruleX(rows.filter((row) => row[it.net] > 0), { x: "at", y: it.net, stroke: fills[1], strokeWidth: 4, title: told }),
        ...tallest.map((one) => Plot.text([one], { x: "at", y: it.y, dy: -12, textAnchor: one.at < half ? "start" : "end", text: (row) => `${f.whole(row[it.y])} · ${f.date(row.at)}`, fill: colour("--ink") })),
        Plot.ruleY([0], { stroke: colour("--soft") }),
      ],
    })];
  }

  // Zero, more than zero and not asked for are three colours; ranges are whole numbers that do not touch.
  async function map(it, width, f, place) {
    borders ??= Promise.all(["gianyar_villages", "gianyar_districts"].map((name) => fetch(`/static/${name}.geojson`).then((answer) => answer.json())));
    const [villages, districts] = await borders;
    const deep = (it.area ?? "").length > districts.features[0].id.length;  // within a district there is one of them
    const { features } = level === "district" && !deep ? districts : villages;
    const size = features[0].id.length, codes = features.map((one) => one.id);
    const value = d3.rollup(it.rows, (each) => d3.sum(each, (row) => row[it.y]), (row) => (row[it.x] ?? "").slice(0, size));
    if (!codes.some((code) => value.has(code))) return [];
    const within = (code) => !it.area || code === it.area || code.startsWith(`${it.area}.`);
    const most = d3.max(codes, (code) => value.get(code) ?? 0);
    const step = Math.max(1, d3.tickStep(0, most, 5));
    const ranges = d3.range(Math.ceil(most / step)).map((each) => [each * step + 1, (each + 1) * step]);
    const fills = ranges.map((_, each) => d3.interpolateRgb(colour("--least"), colour("--most"))(ranges.length > 1 ? each / (ranges.length - 1) : 1));
    const none = colour("--none"), outside = colour("--paper");
    const fill = (code) => (!within(code) ? outside : value.get(code) ? fills[Math.ceil(value.get(code) / step) - 1] : none);
    const tell = (code) => `${it.names[code]}: ${within(code) ? `${f.whole(value.get(code) ?? 0)} ${it.unit}` : it.said.outside}`;
    const money = it.kinds[it.y] === "rupiah", some = (n) => (money ? f.short(n, "rupiah") : f.whole(n));
    const wide = Math.min(width - 75, 375), byDistrict = features === districts.features, border = "#33484a";
    const drawn = plot({
      width: wide, height: wide * 2.16, margin: 2, projection: { type: "mercator", domain: districts },
      marks: [
        Plot.geo(features, { fill: (one) => fill(one.id), stroke: byDistrict ? border : "white", strokeWidth: byDistrict ? 1.1 : 0.6, title: (one) => tell(one.id) }),
        byDistrict ? Plot.text(features.filter((one) => within(one.id)), Plot.centroid({
          text: (one) => `${it.names[one.id]}\n${some(value.get(one.id) ?? 0)}`, fill: colour("--ink"), stroke: "white", strokeWidth: 3.5, lineHeight: 1.15, fontWeight: 600, pointerEvents: "none",
        })) : Plot.geo(districts, { stroke: border, strokeWidth: 1.1, fill: "none", pointerEvents: "none" }),
      ],
    });
    const told = Object.assign(document.createElement("p"), { className: "told", ariaLive: "polite", textContent: it.said.hint });
    choose(drawn, d3.sort(codes.filter(within), (code) => -(value.get(code) ?? 0)), codes, (code) => { told.textContent = tell(code); });
    // rupiah are many: a range is called by its greatest, in milliards
    const words = ranges.map(([low, high]) => (money ? `≤ ${some(high)}` : low === high ? some(low) : `${some(low)}–${some(high)}`));
    const elsewhere = d3.sum(value, ([code, people]) => (codes.includes(code) ? 0 : people));
    const beyond = [...(codes.every(within) ? [] : [it.said.outside]), ...(elsewhere ? [`${it.said.elsewhere}: ${some(elsewhere)}`] : [])];
    return [...(deep ? [] : [levels(it, place)]), told, drawn, key(["0", ...words, ...beyond], [none, ...fills, ...beyond.map(() => outside)])];
  }

  // The same rows by village, or added up by district.
  function levels(it, place) {
    const group = Object.assign(document.createElement("p"), { className: "levels" });
    for (const each of ["village", "district"]) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: it.said[each] });
      button.setAttribute("aria-pressed", each === level);
      button.addEventListener("click", async () => {
        level = each;
        await draw(place);
        place.querySelector(".levels [aria-pressed=true]").focus();
      });
      group.append(button);
    }
    return group;
  }

  // An area is told of under the pointer or the finger, and from the keyboard: the arrows go from the most to the least.
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

  const KINDS = { area, bars, pairs, bullets, columns, flows, cliff, map };

  async function draw(place) {
    const it = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    const parts = await KINDS[it.kind](it, Math.max(280, place.clientWidth), formats(place.dataset.lang), place);
    const table = place.closest(".panel").querySelector("details.rows");
    if (!parts.length) { table.open = true; place.replaceChildren(); return; }
    Object.assign(parts.find((part) => part instanceof SVGElement), { role: "img", ariaLabel: `${it.title} (${it.unit})` });
    place.replaceChildren(...parts);
    place.dataset.drawn = "yes";
  }

  async function drawAll() {
    await Promise.all([...document.querySelectorAll("[data-chart]")].map(draw));
    document.documentElement.dataset.drawn = "yes";
  }

  for (const when of ["DOMContentLoaded", "htmx:afterSwap"]) document.addEventListener(when, drawAll);
  for (const trouble of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(trouble, () => document.getElementById("busy").classList.add("away"));
  document.addEventListener("htmx:beforeSend", () => document.getElementById("busy").classList.remove("away"));
  let waiting = 0, seen = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth === seen) return;
    seen = window.innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(drawAll, 150);
  });
})();
