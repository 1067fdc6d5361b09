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
    if (!source || !window.pingxinChart || !box.clientWidth || !box.clientHeight) return; // a sankey cannot be drawn in an empty box
    var chart = pingxinChart(box, JSON.parse(source.textContent), tokenOf(getComputedStyle(root)), root.lang === "en");
    chart.on("click", function (p) {
      var url = p.data && p.data.url;
      if (typeof url === "string" && url[0] === "/" && url[1] !== "/") location.assign(url);
    });
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

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-theme-switch]").forEach(function (b) { b.hidden = false; b.addEventListener("click", switchTheme); });
    document.querySelectorAll("[data-print]").forEach(function (b) { b.hidden = false; b.addEventListener("click", function () { print(); }); });
    document.querySelectorAll(".filters select").forEach(function (s) { s.addEventListener("change", function () { s.form.requestSubmit(); }); });
    document.querySelectorAll("[data-copy]").forEach(copyable);
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
