// Cost as stacked bars by cause, carbon as bars from the lowest to the highest estimate.
// The tables on the page hold the same figures.
(function () {
  "use strict";
  var HEIGHT = 260;

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }
  function plain(value) {
    if (value == null) return "";
    return Math.abs(value) >= 1 || value === 0 ? value.toFixed(2) : value.toLocaleString("en", { maximumSignificantDigits: 3 });
  }
  function moment(at) {
    return new Date(at * 1000).toISOString().slice(0, 16).replace("T", " ");
  }
  function tick(at) {
    var written = moment(at);
    return written.endsWith("00:00") ? written.slice(5, 10) : written.slice(11);
  }

  // Two fillings in three shades: told apart without colour.
  function tones() {
    return ["--accent", "--soft", "--stone-line"].flatMap(function (name) {
      return [{ colour: colour(name), hatched: false }, { colour: colour(name), hatched: true }];
    }).concat([{ colour: colour("--stone"), hatched: false }]);
  }
  function filling(tone) {
    if (!tone.hatched) return function () { return tone.colour; };
    return function (plot) {
      var side = 6 * devicePixelRatio, tile = document.createElement("canvas"), pen = tile.getContext("2d");
      tile.width = tile.height = side;
      pen.fillStyle = colour("--surface");
      pen.fillRect(0, 0, side, side);
      pen.strokeStyle = tone.colour;
      pen.lineWidth = 1.6 * devicePixelRatio;
      pen.beginPath();
      [-side, 0, side].forEach(function (x) { pen.moveTo(x, side); pen.lineTo(x + side, 0); });
      pen.stroke();
      return plot.ctx.createPattern(tile, "repeat");
    };
  }
  function sample(tone) {
    if (!tone.hatched) return tone.colour;
    return "repeating-linear-gradient(135deg," + tone.colour + " 0 2px," + colour("--surface") + " 2px 5px)";
  }

  function bars(label, tone, shown) {
    return { label: label, stroke: tone.colour, fill: filling(tone), width: 1, value: shown, points: { show: false },
      paths: uPlot.paths.bars({ size: [0.72, 60], align: 1 }) };
  }
  function axes(unit) {
    var ink = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
    var across = { space: 64, values: function (_, splits) { return splits.map(tick); } };
    var up = { size: 84, label: unit, labelSize: 18, values: function (_, splits) { return splits.map(plain); } };
    return [Object.assign(across, ink), Object.assign(up, ink)];
  }
  function options(width, unit, figures, used, series) {
    var first = figures.at[0], end = figures.at[figures.at.length - 1] + figures.step_s;
    return {
      width: width, height: HEIGHT, axes: axes(unit),
      series: [{ label: "From (UTC)", value: function (_, at) { return at == null ? "" : moment(at); } }].concat(series),
      tzDate: function (at) { return uPlot.tzDate(new Date(at * 1000), "Etc/UTC"); },
      scales: {
        x: { range: function () { return [first, end]; } },
        y: { range: function (_, low, high) { return [0, high > 0 ? high * 1.08 : 1]; } }
      },
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      legend: { markers: { width: 1, fill: function (_, place) { return place ? sample(used[place - 1]) : ""; } } }
    };
  }

  // Each line is drawn as the sum of itself and those after it, and the next one is drawn over it.
  function stacked(lines) {
    return lines.map(function (line, place) {
      return line.usd.map(function (_, at) {
        return lines.slice(place).reduce(function (sum, each) { return sum + each.usd[at]; }, 0) || null;
      });
    });
  }
  var draw = {
    cost: function (figures, width) {
      var used = tones(), lines = figures.cost;
      var series = lines.map(function (line, place) {
        return bars(line.name, used[place], function (_, value, series, at) { return at == null ? "" : "$" + plain(line.usd[at]); });
      });
      return [options(width, "US dollars", figures, used, series), [figures.at].concat(stacked(lines))];
    },
    carbon: function (figures, width) {
      var all = tones(), used = [all[1], all[0]];
      function some(value) { return value || null; }
      function grams(_, value) { return value == null ? "" : plain(value) + " g"; }
      var series = [bars("highest", used[0], grams), bars("lowest", used[1], grams)];
      return [options(width, "gCO2e", figures, used, series), [figures.at, figures.carbon_max_g.map(some), figures.carbon_min_g.map(some)]];
    }
  };

  function show(place, figures) {
    if (!figures.cost.length) { place.textContent = "No request in this time."; return; }
    function width() { return Math.max(place.clientWidth - 20, 200); }
    var made = draw[place.dataset.chart](figures, width());
    place.replaceChildren();
    var chart = new uPlot(made[0], made[1], place);
    new ResizeObserver(function () {
      if (Math.abs(width() - chart.width) > 1) chart.setSize({ width: width(), height: HEIGHT });
    }).observe(place);
  }
  function all() {
    var asked = {};
    document.querySelectorAll("[data-chart]").forEach(function (place) {
      var source = place.dataset.source;
      asked[source] = asked[source] || fetch(source, { credentials: "same-origin" }).then(function (answer) {
        if (!answer.ok) throw new Error("status " + answer.status);
        return answer.json();
      });
      asked[source].then(function (figures) { show(place, figures); }, function () { place.textContent = "The figures could not be fetched."; });
    });
  }
  all();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
})();
