// data-chart="{…}" draws the figures of web/charts.py with ECharts, in the colours of tokens.css; the table beside it needs no script.
import { fresh } from "./words.js";

const drawn = new Set();
let loading;

function library() {
  loading ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = new URL("../vendor/echarts/echarts.min.js", import.meta.url).href;
    script.onload = () => done(window.echarts);
    script.onerror = failed;
    document.head.append(script);
  });
  return loading;
}

// The tokens as they are here, or as paper wants them: the light ones.
function colours(element, onPaper) {
  let probe = element;
  if (onPaper) {
    probe = document.createElement("span");
    probe.dataset.bsTheme = "light";
    element.append(probe);
  }
  const style = getComputedStyle(probe);
  const token = (name) => style.getPropertyValue(`--mh-${name}`).trim();
  const found = {
    ink: token("ink"),
    quiet: token("ink-2"),
    line: token("line"),
    surface: token("surface"),
    sunken: token("sunken"),
    font: style.fontFamily,
    tone: {
      brand: token("brand"),
      late: token("late-fill"),
      soon: token("soon-fill"),
      done: token("done-fill"),
      note: token("note-fill"),
      guard: token("guard-fill"),
      plain: token("line-strong"),
    },
    late: token("late"),
    heat: [token("surface"), token("brand-soft"), token("brand-line"), token("brand-fill")],
  };
  if (onPaper) probe.remove();
  return found;
}

const language = () => document.documentElement.lang || "zh-CN";

function writer(share) {
  const options = share ? { style: "percent", maximumFractionDigits: 1 } : { maximumFractionDigits: 1 };
  const format = new Intl.NumberFormat(language(), options);
  return (value) => (value === null || value === undefined || value === "-" ? "–" : format.format(value));
}

function frame(figures, look) {
  const text = { color: look.quiet, fontFamily: look.font };
  const write = writer(figures.share);
  return {
    animation: false,
    aria: { enabled: false },
    backgroundColor: "transparent",
    textStyle: { fontFamily: look.font, color: look.ink },
    grid: { left: 8, right: 16, top: figures.series.length > 1 ? 36 : 16, bottom: 4, containLabel: true },
    legend: figures.series.length > 1 ? { top: 0, left: 0, textStyle: text, itemWidth: 18, itemHeight: 10, icon: "roundRect", type: "scroll" } : undefined,
    // Drawn on the canvas: a tooltip of markup would carry inline styles, which the page refuses.
    tooltip: {
      renderMode: "richText",
      trigger: "axis",
      confine: true,
      backgroundColor: look.surface,
      borderColor: look.line,
      textStyle: { color: look.ink, fontFamily: look.font, fontSize: 13 },
      valueFormatter: write,
    },
  };
}

function axes(figures, look, across) {
  const write = writer(figures.share);
  const bars = (figures.kind === "bars" || figures.kind === "stacked") && figures.labels.length < 20;
  const labels = {
    type: "category",
    data: figures.labels,
    inverse: across,
    axisLabel: { color: look.quiet, hideOverlap: !across && !bars, interval: across || bars ? 0 : "auto", rotate: bars && figures.labels.length > 6 ? 30 : 0, width: across ? 140 : undefined, overflow: across ? "truncate" : undefined },
    axisLine: { lineStyle: { color: look.line } },
    axisTick: { show: false },
  };
  const numbers = {
    type: "value",
    minInterval: figures.share ? undefined : 1,
    max: figures.share ? 1 : undefined,
    min: figures.kind === "control" ? floorOf(figures) : 0,
    axisLabel: { color: look.quiet, formatter: write },
    splitLine: { lineStyle: { color: look.line } },
  };
  return across ? { xAxis: numbers, yAxis: labels } : { xAxis: labels, yAxis: numbers };
}

// A share near one hundred percent is read from a scale that begins below its lowest value, in whole tenths.
function floorOf(figures) {
  const values = figures.series.flatMap((series) => series.values).filter((value) => value !== null);
  return Math.max(0, Math.floor(Math.min(...values) * 10 - 0.5) / 10);
}

function bar(figures, series, look) {
  const stacked = figures.kind === "stacked" || figures.kind === "across";
  return {
    type: "bar",
    name: series.name,
    data: series.values,
    stack: stacked ? "all" : undefined,
    barMaxWidth: 36,
    itemStyle: { color: look.tone[series.tone], borderRadius: stacked ? 0 : 3 },
    cursor: series.urls.length ? "pointer" : "default",
  };
}

function line(figures, series, look) {
  const limit = series.style !== "";
  return {
    type: "line",
    name: series.name,
    data: series.values.map((value) => value ?? "-"),
    step: limit && figures.kind === "control" ? "middle" : false,
    symbol: limit ? "none" : "circle",
    symbolSize: 7,
    showSymbol: !limit && figures.labels.length < 40,
    lineStyle: { width: limit ? 1.5 : 2.5, type: series.style || "solid", color: look.tone[series.tone] },
    itemStyle: { color: look.tone[series.tone] },
    cursor: series.urls.length ? "pointer" : "default",
  };
}

function heat(figures, look) {
  const cells = figures.series.flatMap((series, y) => series.values.map((value, x) => [x, y, value ?? 0]));
  const most = Math.max(1, ...cells.map((cell) => cell[2]));
  const category = (data, more) => ({ type: "category", data, axisLabel: { color: look.quiet, interval: 0, ...more }, axisTick: { show: false }, axisLine: { show: false }, splitArea: { show: false } });
  return {
    grid: { left: 8, right: 16, top: 8, bottom: 44, containLabel: true },
    xAxis: { ...category(figures.labels, { width: 72, overflow: "break", fontSize: 11, lineHeight: 13 }), position: "top" },
    yAxis: { ...category(figures.series.map((series) => series.name), { width: 150, overflow: "truncate" }), inverse: true },
    tooltip: {
      renderMode: "richText",
      confine: true,
      backgroundColor: look.surface,
      borderColor: look.line,
      textStyle: { color: look.ink, fontFamily: look.font },
      formatter: ({ value }) => `${figures.series[value[1]].name} · ${figures.labels[value[0]]}: ${value[2]}`,
    },
    visualMap: { min: 0, max: most, calculable: false, orient: "horizontal", left: "center", bottom: 0, itemHeight: 120, itemWidth: 12, inRange: { color: look.heat }, textStyle: { color: look.quiet }, text: [String(most), "0"] },
    series: [
      {
        type: "heatmap",
        data: cells,
        label: { show: true, formatter: ({ value }) => (value[2] ? String(value[2]) : ""), color: look.ink, fontWeight: 600, textBorderColor: look.surface, textBorderWidth: 2 },
        itemStyle: { borderColor: look.surface, borderWidth: 2, borderRadius: 3 },
        cursor: "pointer",
      },
    ],
  };
}

function picture(figures, look) {
  const base = frame(figures, look);
  if (figures.kind === "heat") return { ...base, legend: undefined, ...heat(figures, look) };
  const across = figures.kind === "across";
  const drawsLines = figures.kind === "lines" || figures.kind === "control";
  return {
    ...base,
    ...axes(figures, look, across),
    series: figures.series.map((series) => (drawsLines ? line : bar)(figures, series, look)),
  };
}

class Drawing {
  constructor(element, echarts) {
    this.element = element;
    this.figures = JSON.parse(element.dataset.chart);
    this.canvas = echarts.init(element, null, { renderer: "canvas", devicePixelRatio: Math.max(2, devicePixelRatio) });
    this.canvas.on("click", (event) => this.follow(event));
    this.draw(false);
    this.watch = new ResizeObserver(() => this.element.isConnected && this.canvas.resize({ animation: { duration: 0 } }));
    this.watch.observe(element);
    drawn.add(this);
  }

  draw(onPaper) {
    this.canvas.setOption(picture(this.figures, colours(this.element, onPaper)), true);
  }

  follow(event) {
    const [row, position] = this.figures.kind === "heat" ? [event.value[1], event.value[0]] : [event.seriesIndex, event.dataIndex];
    const url = this.figures.series[row]?.urls[position];
    if (url) location.assign(url);
  }

  forget() {
    this.watch.disconnect();
    this.canvas.dispose();
    drawn.delete(this);
  }
}

function redraw(onPaper) {
  for (const drawing of drawn) {
    if (drawing.element.isConnected) drawing.draw(onPaper);
    else drawing.forget();
  }
}

new MutationObserver(() => redraw(false)).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
addEventListener("beforeprint", () => redraw(true));
addEventListener("afterprint", () => redraw(false));

export async function attachCharts(root) {
  const elements = [...fresh(root, "[data-chart]", "chart")];
  if (!elements.length) return;
  const echarts = await library();
  for (const drawing of [...drawn]) if (!drawing.element.isConnected) drawing.forget();
  for (const element of elements) if (element.isConnected) new Drawing(element, echarts);
}
