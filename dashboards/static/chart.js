// What a chart is beyond its option. The pages use it, and so does the drawing of charts without a browser.
(function (scope) {
  "use strict";
  // Formatters by name: an option may name one under a key "formatter" and never carries code.
  var formatters = {
    "@tip": function (p) { return p && p.data && p.data.tip ? p.data.tip : (p && p.name) || ""; },
    "@label": function (p) { return p && p.data && p.data.text ? p.data.text : ""; },
    "@grouped": function (p) { return scope.echarts.format.addCommas(p.value); },
    "@name": function (p) { return p && p.name || ""; },
    "@words": function (name) { return String(name).split(" ").join("\n"); }
  };

  // resolve puts the named formatters and the style sheet's colours in their places; all else is copied as it is.
  function resolve(value, key, token) {
    if (Array.isArray(value)) return value.map(function (item) { return resolve(item, key, token); });
    if (value && typeof value === "object") {
      var copy = {};
      Object.keys(value).forEach(function (k) { copy[k] = resolve(value[k], k, token); });
      return copy;
    }
    if (typeof value !== "string" || value[0] !== "@") return value;
    if (key === "formatter" && Object.prototype.hasOwnProperty.call(formatters, value)) return formatters[value];
    if (/color$/i.test(key)) return colorOf(value.split("/"), token) || value;
    return value;
  }

  // colorOf is the colour of a token such as "@ink", or of one with its opacity such as "@ink/0.5".
  function colorOf(parts, token) {
    var color = token(parts[0]);
    return parts.length > 1 ? scope.echarts.color.modifyAlpha(color, Number(parts[1])) : color;
  }

  function themed(token) {
    var ink = token("@ink"), muted = token("@muted"), line = token("@line-soft"), surface = token("@surface");
    var sans = token("@sans").replace(/"/g, "'"); // which the library writes into an attribute as it is
    var axis = { axisLine: { lineStyle: { color: token("@line") } }, axisLabel: { color: muted }, nameTextStyle: { color: muted }, splitLine: { lineStyle: { color: line } } };
    return {
      textStyle: { fontFamily: sans, color: ink }, categoryAxis: axis, valueAxis: axis, timeAxis: axis, legend: { textStyle: { color: ink } },
      tooltip: { backgroundColor: surface, borderColor: token("@line"), textStyle: { color: ink, fontSize: 13 } },
      radar: { axisLine: { lineStyle: { color: line } }, splitLine: { lineStyle: { color: line } }, splitArea: { show: false } }
    };
  }

  // pingxinChart draws an option into a box, or without one (null) at the width and height of more. token gives the value of a
  // token of the style sheet, english the language of what the library says itself.
  scope.pingxinChart = function (box, option, token, english, more) {
    var chart = scope.echarts.init(box, themed(token), Object.assign({ renderer: "svg", locale: english ? "EN" : "ZH" }, more));
    chart.setOption(resolve(option, "", token));
    return chart;
  };
})(globalThis);
