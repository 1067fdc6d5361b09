// Sending files in pieces, with progress, pause and going on after a broken connection; and watching a check. Without it
// the same form sends whole files and the same page loads itself again.
(function () {
  "use strict";
  var pieceBytes = 1 << 20;      // small enough that a broken connection costs little, large enough to be fast
  var longestWait = 30;          // seconds between attempts
  var watchEvery = 600;          // milliseconds between looks at a running check

  // say fills the sentence of an element: %a, %b in its data-say-* become the values.
  function say(box, name, values) {
    var text = box.dataset["say" + name[0].toUpperCase() + name.slice(1)] || "";
    Object.keys(values || {}).forEach(function (key) { text = text.split("%" + key).join(values[key]); });
    return text;
  }

  function size(bytes) {
    if (bytes >= 1 << 20) return (bytes / (1 << 20)).toFixed(1) + " MB";
    return Math.max(1, Math.round(bytes / 1024)) + " KB";
  }

  // ask calls the server and returns its JSON, also where the next bytes have to begin elsewhere. The error of a refusal carries
  // the server's sentence; that of a broken connection has none.
  function ask(address, options) {
    return fetch(address, options).catch(function (lost) {
      if (lost.name === "AbortError") throw lost;
      throw { broken: true };
    }).then(function (answer) {
      if (answer.status >= 500) throw { broken: true };
      return answer.json().catch(function () { throw { sentence: "" }; }).then(function (said) {
        if (!answer.ok && (answer.status !== 409 || said.sentence)) throw { sentence: said.sentence, taken: answer.status === 409 };
        return said;
      });
    });
  }

  // sumOf is the SHA-256 of a file, by which the server knows it again; empty where the browser cannot or should not
  // compute it. It has to be held in memory whole for that.
  var summedBytes = 64 << 20;
  function sumOf(file) {
    if (!window.crypto || !crypto.subtle || file.size > summedBytes) return Promise.resolve("");
    return file.arrayBuffer().then(function (bytes) { return crypto.subtle.digest("SHA-256", bytes); }).then(function (sum) {
      return Array.prototype.map.call(new Uint8Array(sum), function (b) { return (b + 256).toString(16).slice(1); }).join("");
    }, function () { return ""; });
  }

  // sameFile says whether a file is the one whose upload the page goes on with: by its sum, or else because this browser
  // sent the first part of it and it was not changed since.
  function sameFile(form, file) {
    if (String(file.size) !== form.dataset.size) return Promise.resolve(false);
    return sumOf(file).then(function (sum) {
      return sum && form.dataset.sum ? sum === form.dataset.sum : kept.find(file) === form.dataset.id;
    });
  }

  // kept remembers unfinished uploads in this browser, so that the same file goes on where it stopped.
  var kept = {
    key: function (file) { return "pingxin-upload:" + file.name + ":" + file.size + ":" + file.lastModified; },
    find: function (file) { try { return localStorage.getItem(this.key(file)); } catch (off) { return null; } },
    put: function (file, id) { try { localStorage.setItem(this.key(file), id); } catch (off) { /* then only this page can go on */ } },
    drop: function (file) { try { localStorage.removeItem(this.key(file)); } catch (off) { /* nothing was kept */ } }
  };

  // Sending is one file on its way, with its line in the list.
  function Sending(form, file, list) {
    this.form = form;
    this.file = file;
    this.received = 0;
    this.attempts = 0;
    this.line = form.querySelector("template").content.firstElementChild.cloneNode(true);
    this.line.querySelector("[data-name]").textContent = file.name;
    this.bar = this.line.querySelector("progress");
    this.said = this.line.querySelector("[data-said]");
    this.button = this.line.querySelector("button");
    this.button.addEventListener("click", this.toggle.bind(this));
    list.appendChild(this.line);
    this.show("waiting", {});
  }

  Sending.prototype.show = function (name, values) {
    this.state = name;
    this.line.dataset.state = name;
    this.said.textContent = say(this.form, name, values);
    this.bar.max = this.file.size || 1;
    this.bar.value = this.received;
    this.bar.setAttribute("aria-label", this.file.name);
    var pausable = name === "sending" || name === "broken";
    this.button.hidden = !(pausable || name === "paused");
    this.button.textContent = say(this.form, pausable ? "pause" : "goon");
  };

  Sending.prototype.toggle = function () {
    if (this.state === "paused") { this.attempts = 0; this.next(); return; }
    clearTimeout(this.timer);
    this.paused = true;
    if (this.flight) this.flight.abort();
    this.show("paused", { percent: this.percent() });
  };

  Sending.prototype.percent = function () { return Math.floor(100 * this.received / (this.file.size || 1)); };

  // start finds out where to go on, and resolves when the file is there.
  Sending.prototype.start = function () {
    var self = this;
    return new Promise(function (resolve) { self.finish = resolve; self.next(); });
  };

  Sending.prototype.next = function () {
    var self = this;
    this.paused = false;
    clearTimeout(this.timer);
    this.show("sending", { percent: this.percent(), sent: size(this.received), size: size(this.file.size) });
    this.flight = new AbortController();
    this.step().then(function (said) {
      self.attempts = 0;
      self.received = said.received;
      if (said.received >= self.file.size) return self.done();
      if (!self.paused) self.next();
    }, function (why) { self.failed(why); });
  };

  // step is the next thing to ask: where the upload stands, or one more piece.
  Sending.prototype.step = function () {
    var self = this, signal = this.flight.signal;
    if (!this.id) {
      var known = this.form.dataset.id || kept.find(this.file);
      var begun = known ? ask(this.at(known, "state"), { signal: signal }).catch(function (why) {
        if (why.broken || why.name === "AbortError") throw why;
        return self.begin(signal); // it is not kept any longer
      }) : this.begin(signal);
      return begun.then(function (said) { self.id = said.id; kept.put(self.file, said.id); return said; });
    }
    if (this.attempts > 0 && !this.asked) { // after a break the server knows best what it has
      this.asked = true;
      return ask(this.at(this.id, "state"), { signal: signal });
    }
    this.asked = false;
    return ask(this.at(this.id, "bytes") + (this.form.dataset.query ? "&" : "?") + "offset=" + this.received,
      { method: "PUT", body: this.file.slice(this.received, this.received + pieceBytes), signal: signal }).catch(function (why) {
      throw why.taken ? { broken: true } : why; // the same bytes came before whose answer was lost: what the server has is asked
    });
  };

  Sending.prototype.begin = function (signal) {
    var self = this;
    return sumOf(this.file).then(function (sum) {
      var form = new URLSearchParams({ name: self.file.name, size: self.file.size, sha256: sum });
      return ask(self.form.dataset.begin, { method: "POST", body: form, signal: signal });
    });
  };

  Sending.prototype.at = function (id, what) { return "/uploads/" + encodeURIComponent(id) + "/" + what + this.form.dataset.query; };

  Sending.prototype.failed = function (why) {
    var self = this;
    if (this.paused) return;
    if (!why || !why.broken) {
      this.show("failed", { why: (why && why.sentence) || "" });
      kept.drop(this.file);
      return this.finish(null);
    }
    var wait = Math.min(longestWait, Math.pow(2, this.attempts++));
    this.show("broken", { seconds: wait, percent: this.percent() });
    this.timer = setTimeout(function () { self.next(); }, wait * 1000);
  };

  Sending.prototype.done = function () {
    kept.drop(this.file);
    this.show("done", { size: size(this.file.size) });
    var link = this.line.querySelector("a");
    link.href = "/uploads/" + encodeURIComponent(this.id) + this.form.dataset.query;
    link.hidden = false;
    this.finish(link.href);
  };

  // sendAll sends one file after another, and opens the page of the only one.
  function sendAll(form, files) {
    if (!files.length) return;
    var list = form.querySelector("[data-files]");
    list.hidden = false;
    form.classList.add("busy");
    var all = Array.prototype.map.call(files, function (file) { return new Sending(form, file, list); });
    sending = sending.concat(all);
    all.reduce(function (before, one) {
      return before.then(function (sent) { return one.start().then(function (address) { return sent.concat(address || []); }); });
    }, Promise.resolve([])).then(function (sent) {
      form.classList.remove("busy");
      if (sending.length === 1 && sent.length === 1) location.assign(sent[0]);
    });
  }

  var sending = [];

  function receive(form) {
    var input = form.querySelector("input[type=file]"), zone = form.querySelector("[data-zone]");
    form.classList.add("live");
    // take sends files, or on the page of an unfinished upload the one file that it goes on with.
    function take(chosen) {
      var files = Array.prototype.slice.call(chosen);
      input.value = "";
      if (!form.dataset.id || !files.length) { sendAll(form, files); return; }
      sameFile(form, files[0]).then(function (same) {
        form.querySelector("[data-other]").hidden = same;
        if (same) sendAll(form, [files[0]]);
      });
    }
    input.addEventListener("change", function () {
      take(input.files);
    });
    ["dragover", "dragenter"].forEach(function (name) {
      zone.addEventListener(name, function (e) { e.preventDefault(); zone.classList.add("over"); });
    });
    ["dragleave", "drop"].forEach(function (name) { zone.addEventListener(name, function () { zone.classList.remove("over"); }); });
    zone.addEventListener("drop", function (e) { e.preventDefault(); take(e.dataTransfer.files); });
    form.querySelector("button[type=submit]").addEventListener("click", function (e) { e.preventDefault(); input.click(); });
    addEventListener("online", function () {
      sending.forEach(function (one) { if (one.state === "broken") one.next(); });
    });
    addEventListener("beforeunload", function (e) {
      if (sending.some(function (one) { return one.state === "sending" || one.state === "broken"; })) e.preventDefault();
    });
  }

  function progress(box, now) {
    if (!(now.total > 0)) return;
    var bar = box.querySelector("progress");
    bar.max = now.total;
    bar.value = now.done;
    box.querySelector("[data-said]").textContent = say(box, "progress", { percent: Math.floor(100 * now.done / now.total) });
  }

  // watch shows how far a check is and loads the page again when it has ended.
  function watch(box) {
    ask(box.dataset.watch).then(function (now) {
      if (!now.checking) { location.reload(); return; }
      progress(box, now);
      setTimeout(function () { watch(box); }, watchEvery);
    }, function () { setTimeout(function () { watch(box); }, 5 * watchEvery); });
  }

  // choose looks at the file again when its kind, sheet or encoding is changed, and shows the progress of a check while
  // the browser waits for its result.
  function choose(form) {
    var look = form.querySelector("[data-look]"), panel = document.querySelector("[data-progress]");
    form.querySelectorAll("[data-ask] select").forEach(function (select) {
      select.addEventListener("change", function () { form.requestSubmit(look); });
    });
    form.addEventListener("submit", function (e) {
      if (e.submitter === look) return;
      panel.hidden = false;
      form.hidden = true;
      follow(panel);
    });
  }

  // follow shows how far a check is, of which the page is about to come.
  function follow(panel) {
    ask(panel.dataset.follow).then(function (now) { progress(panel, now); }, function () { /* the page will tell */ }).then(function () {
      setTimeout(function () { follow(panel); }, watchEvery);
    });
  }

  // busy keeps a form from being sent twice, and says that it is on its way.
  function busy(form) {
    form.addEventListener("submit", function () {
      var button = form.querySelector("button[type=submit]");
      setTimeout(function () { button.disabled = true; button.textContent = form.dataset.busy; });
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("form[data-begin]").forEach(receive);
    document.querySelectorAll("[data-watch]").forEach(watch);
    document.querySelectorAll("form[data-busy]").forEach(busy);
    document.querySelectorAll("[data-choose]").forEach(choose);
  });
})();
