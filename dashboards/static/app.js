// Everything here is an addition: every page can be read without it.
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");
  try {
    var kept = localStorage.getItem("pingxin-theme");
    if (kept === "dark" || kept === "light") root.dataset.theme = kept;
  } catch (refused) { /* storage is off: the system's choice stands */ }

  // Formatters by name: an option may name one under a key "formatter" and never carries code.
  var formatters = {
    "@tip": function (p) { return p && p.data && p.data.tip ? p.data.tip : (p && p.name) || ""; },
    "@label": function (p) { return p && p.data && p.data.text ? p.data.text : ""; }
  };

  function token(style, name) { return style.getPropertyValue("--" + name.slice(1)).trim(); }

  // resolve puts the named formatters and the style sheet's colours in their places; all else is copied as it is.
  function resolve(value, key, style) {
    if (Array.isArray(value)) return value.map(function (item) { return resolve(item, key, style); });
    if (value && typeof value === "object") {
      var copy = {};
      Object.keys(value).forEach(function (k) { copy[k] = resolve(value[k], k, style); });
      return copy;
    }
    if (typeof value !== "string" || value[0] !== "@") return value;
    if (key === "formatter" && Object.prototype.hasOwnProperty.call(formatters, value)) return formatters[value];
    if (key === "color" || key === "borderColor") return token(style, value) || value;
    return value;
  }

  function themed(style) {
    var ink = token(style, "@ink"), muted = token(style, "@muted"), line = token(style, "@line-soft"), surface = token(style, "@surface");
    var axis = { axisLine: { lineStyle: { color: token(style, "@line") } }, axisLabel: { color: muted }, nameTextStyle: { color: muted }, splitLine: { lineStyle: { color: line } } };
    return {
      textStyle: { fontFamily: token(style, "@sans"), color: ink }, categoryAxis: axis, valueAxis: axis, legend: { textStyle: { color: ink } },
      tooltip: { backgroundColor: surface, borderColor: token(style, "@line"), textStyle: { color: ink, fontSize: 13 } },
      radar: { axisLine: { lineStyle: { color: line } }, splitLine: { lineStyle: { color: line } }, splitArea: { show: false } }
    };
  }

  var drawn = [];

  function draw(box) {
    var source = document.getElementById(box.id + "-option");
    if (!source || !window.echarts || !box.clientWidth || !box.clientHeight) return; // a sankey cannot be drawn in an empty box
    var style = getComputedStyle(root);
    var option = resolve(JSON.parse(source.textContent), "", style);
    var chart = echarts.init(box, themed(style), { renderer: "svg", locale: root.lang === "en" ? "EN" : "ZH" });
    chart.on("click", function (p) {
      var url = p.data && p.data.url;
      if (typeof url === "string" && url[0] === "/" && url[1] !== "/") location.assign(url);
    });
    chart.setOption(option);
    drawn.push({ box: box, chart: chart });
  }

  function drawAll() {
    drawn.forEach(function (d) { d.chart.dispose(); });
    drawn = [];
    document.querySelectorAll("[data-chart]").forEach(draw);
  }

  function download(address, name) {
    var a = document.createElement("a");
    a.href = address;
    a.download = name;
    a.click();
  }

  // savePNG paints the drawing at twice its size.
  function savePNG(box, chart) {
    var image = new Image();
    image.onload = function () {
      var canvas = document.createElement("canvas");
      canvas.width = 2 * box.clientWidth;
      canvas.height = 2 * box.clientHeight;
      var pen = canvas.getContext("2d");
      pen.fillStyle = token(getComputedStyle(root), "@surface");
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(image, 0, 0, canvas.width, canvas.height);
      download(canvas.toDataURL("image/png"), box.id + ".png");
    };
    image.src = chart.getDataURL({ type: "svg" });
  }

  function saveButton(box, kind, save) {
    var button = document.createElement("button");
    button.type = "button";
    button.className = "save";
    button.textContent = box.dataset.save + " " + kind;
    button.addEventListener("click", function () {
      drawn.forEach(function (d) { if (d.box === box) save(d.chart); });
    });
    box.parentNode.insertBefore(button, box.parentNode.firstChild);
  }

  function savable(box) {
    saveButton(box, "SVG", function (chart) { download(chart.getDataURL({ type: "svg" }), box.id + ".svg"); });
    saveButton(box, "PNG", function (chart) { savePNG(box, chart); });
  }

  function switchTheme() {
    var dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("pingxin-theme", root.dataset.theme); } catch (refused) { /* for this page only */ }
    drawAll();
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-theme-switch]").forEach(function (b) { b.hidden = false; b.addEventListener("click", switchTheme); });
    document.querySelectorAll("[data-print]").forEach(function (b) { b.hidden = false; b.addEventListener("click", function () { print(); }); });
    document.querySelectorAll(".filters select").forEach(function (s) { s.addEventListener("change", function () { s.form.requestSubmit(); }); });
    document.querySelectorAll("[data-chart]").forEach(savable);
    drawAll();
    var waiting;
    addEventListener("resize", function () {
      clearTimeout(waiting);
      waiting = setTimeout(function () {
        drawn.forEach(function (d) { if (d.box.clientWidth && d.box.clientHeight) d.chart.resize(); });
      }, 120);
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  });
})();
