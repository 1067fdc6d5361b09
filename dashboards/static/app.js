// Everything here is an addition: every page can be read without it.
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");
  try {
    var kept = localStorage.getItem("pingxin-theme");
    if (kept === "dark" || kept === "light") root.dataset.theme = kept;
  } catch (refused) { /* storage is off: the system's choice stands */ }

  // tokenOf looks a token such as "@ink" up in the style sheet.
  function tokenOf(style) { return function (name) { return style.getPropertyValue("--" + name.slice(1)).trim(); }; }

  var drawn = [];

  function draw(box) {
    var source = document.getElementById(box.id + "-option");
    if (!source || !box.clientWidth || !box.clientHeight) return; // a sankey cannot be drawn in an empty box
    try {
      var option = JSON.parse(source.textContent);
      var chart = pingxinChart(box, option, tokenOf(getComputedStyle(root)), root.lang === "en");
      chart.on("click", function (p) { follow(p.data && p.data.url); });
      drawn.push({ box: box, chart: chart, marks: marksOf(chart.getOption()), at: -1 });
      if (option.calendar) showLatest(box.parentNode, chart, option.series[0].data);
    } catch (failed) { // the library did not arrive, or cannot draw this: the server's drawing stands in its place
      box.parentNode.classList.add("undrawn");
    }
  }

  // showLatest scrolls a calendar that is wider than the screen to its latest day.
  function showLatest(figure, chart, days) {
    var latest = days.map(function (d) { return d.value[0]; }).sort().pop();
    if (latest) figure.scrollLeft = chart.convertToPixel({ calendarIndex: 0 }, latest)[0] - figure.clientWidth / 2;
  }

  function follow(url) {
    if (typeof url === "string" && url[0] === "/" && url[1] !== "/") location.assign(url);
  }

  // marksOf are the marks of a chart that say something, in the order in which they are drawn.
  function marksOf(option) {
    var marks = [];
    [].concat(option.series || []).forEach(function (series, s) {
      (series.data || []).forEach(function (item, i) {
        if (item && item.tip) marks.push({ seriesIndex: s, dataIndex: i, tip: item.tip, url: item.url });
      });
    });
    return marks;
  }

  // walk goes from mark to mark by the arrow keys and says each; enter follows it, escape leaves it.
  function walk(event) {
    var d = drawn.filter(function (d) { return d.box === event.currentTarget; })[0];
    if (!d || !d.marks.length) return;
    var step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" && d.at >= 0) { follow(d.marks[d.at].url); return; }
    if (event.key === "Escape") { point(d, -1); return; }
    if (!step) return;
    event.preventDefault();
    point(d, d.at < 0 && step < 0 ? d.marks.length - 1 : (d.at + step + d.marks.length) % d.marks.length);
  }

  // point rests on one mark of a chart, or with -1 on none.
  function point(d, at) {
    if (d.at >= 0) d.chart.dispatchAction({ type: "downplay", seriesIndex: d.marks[d.at].seriesIndex, dataIndex: d.marks[d.at].dataIndex });
    d.at = at;
    var mark = d.marks[at];
    document.getElementById(d.box.id + "-said").textContent = mark ? mark.tip : "";
    if (!mark) { d.chart.dispatchAction({ type: "hideTip" }); return; }
    d.chart.dispatchAction({ type: "highlight", seriesIndex: mark.seriesIndex, dataIndex: mark.dataIndex });
    d.chart.dispatchAction({ type: "showTip", seriesIndex: mark.seriesIndex, dataIndex: mark.dataIndex });
  }

  function drawAll() {
    drawn.forEach(function (d) { d.chart.dispose(); });
    drawn = [];
    document.querySelectorAll("[data-chart]").forEach(draw);
  }

  // toPaper draws in the colours of paper, and lets drawings shrink to its width, which is not the width that they were drawn for.
  function toPaper() {
    root.dataset.shown = root.dataset.theme || "";
    root.dataset.theme = "light";
    drawAll();
    drawn.forEach(function (d) {
      var svg = d.box.querySelector("svg");
      svg.setAttribute("viewBox", "0 0 " + svg.getAttribute("width") + " " + svg.getAttribute("height"));
    });
  }

  function toScreen() {
    if (root.dataset.shown) root.dataset.theme = root.dataset.shown;
    else delete root.dataset.theme;
    delete root.dataset.shown;
    drawAll();
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
      pen.fillStyle = tokenOf(getComputedStyle(root))("@surface");
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

  // copyable puts a button beside a field whose text is to be passed on.
  function copyable(field) {
    var button = document.createElement("button");
    button.type = "button";
    button.className = "button quiet copy";
    button.textContent = field.dataset.copy;
    button.addEventListener("click", function () {
      field.select();
      navigator.clipboard.writeText(field.value).then(function () { button.textContent = field.dataset.copied; }, function () { /* selected: the reader copies it */ });
    });
    field.parentNode.insertAdjacentElement("afterend", button);
  }

  // submitOnChoice sends a filter's form once something is chosen by pointer; by keyboard each arrow is a choice on the way to
  // another, and the button sends it.
  function submitOnChoice(select) {
    var typed = false;
    select.addEventListener("pointerdown", function () { typed = false; });
    select.addEventListener("keydown", function (event) { typed = event.key !== "Tab"; });
    select.addEventListener("change", function () { if (!typed) select.form.requestSubmit(); });
  }

  // leave closes the nearest opened part around what has the focus, which then is on what opens it.
  function leave(event) {
    var opened = event.key === "Escape" && document.activeElement.closest("details[open]:is(.columns, .view-keep, .sure, .data)");
    if (!opened) return;
    opened.open = false;
    opened.querySelector("summary").focus();
  }

  // stopsOnWall are the heights at which a wall screen stands, so that each block of the page is once seen whole where it fits.
  function stopsOnWall() {
    var stops = [0];
    document.querySelectorAll("main > *, main .figure").forEach(function (block) {
      var box = block.getBoundingClientRect();
      if (box.height && box.bottom + scrollY > stops[stops.length - 1] + innerHeight) stops.push(box.top + scrollY);
    });
    return stops;
  }

  // goDown shows a page at one stop after the other within the time that it stays: nobody scrolls a wall screen.
  function goDown(stays) {
    var stops = stopsOnWall(), at = 0;
    setInterval(function () { scrollTo(0, stops[Math.min(++at, stops.length - 1)]); }, 1000 * parseInt(stays.content, 10) / stops.length);
  }

  // What a form says of the page is what the page shows, also where the back button brings it again with what was chosen since.
  addEventListener("pageshow", function (event) {
    if (!event.persisted && performance.getEntriesByType("navigation")[0].type === "navigate") return;
    document.querySelectorAll("form.filters, .columns form, [data-whatif]").forEach(function (form) { form.reset(); });
  });

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-theme-switch]").forEach(function (b) { b.hidden = false; b.addEventListener("click", switchTheme); });
    document.querySelectorAll("[data-print]").forEach(function (b) { b.hidden = false; b.addEventListener("click", function () { print(); }); });
    document.querySelectorAll(".filters select").forEach(submitOnChoice);
    document.querySelectorAll("[data-copy]").forEach(copyable);
    document.querySelectorAll("[data-chart]").forEach(function (box) { box.addEventListener("keydown", walk); });
    addEventListener("keydown", leave);
    drawAll();
    drawn.forEach(function (d) { savable(d.box); });
    document.querySelectorAll('meta[http-equiv="refresh"]').forEach(goDown);
    addEventListener("beforeprint", toPaper);
    addEventListener("afterprint", toScreen);
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
