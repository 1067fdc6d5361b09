// Operates each control of a page once, as a person would, and says of each that nothing came of it. What would lead to
// another page is asked for and held against this one; what sends something is left to the tests of its page. all asks for
// every link and every choice instead of one of each kind.
(async function (all) {
  "use strict";
  const dead = [], operated = {};
  const done = (kind, worked, what) => {
    operated[kind] = (operated[kind] || 0) + 1;
    if (!worked) dead.push(kind + ": " + what);
  };
  const opens = async address => {
    const image = new Image();
    let opened;
    image.onload = () => { opened = true; };
    image.onerror = () => { opened = false; };
    image.src = address;
    await until(() => opened !== undefined);
    return opened && image.width > 100;
  };
  const until = async condition => {
    for (let i = 0; i < 100 && !condition(); i++) await new Promise(after => setTimeout(after, 20));
    return condition();
  };

  // What leaves the page is caught: a file, a print.
  let saved = [], printed = 0;
  const click = HTMLAnchorElement.prototype.click;
  HTMLAnchorElement.prototype.click = function () { saved.push({ name: this.download, href: this.href }); };
  window.print = () => { printed++; };

  for (const button of document.querySelectorAll("button.save")) {
    saved = [];
    button.click();
    await until(() => saved.length);
    done("save a chart", saved.length === 1 && /^.+\.(svg|png)$/.test(saved[0].name) && await opens(saved[0].href), button.textContent + " gave " + saved.map(file => file.name + " of " + file.href.length + " characters, which does not open"));
  }
  HTMLAnchorElement.prototype.click = click;

  for (const button of document.querySelectorAll("[data-print]")) {
    printed = 0;
    button.click();
    done("print", !button.hidden && printed === 1, button.textContent);
  }

  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    const theme = () => getComputedStyle(document.body).backgroundColor, before = theme();
    button.click();
    const turned = theme();
    button.click();
    done("theme", !button.hidden && turned !== before && theme() === before, before + " and " + turned);
  }
  localStorage.removeItem("pingxin-theme");
  delete document.documentElement.dataset.theme;

  for (const summary of document.querySelectorAll("details > summary")) {
    const details = summary.parentNode, before = details.open;
    summary.click();
    const turned = details.open;
    summary.click();
    done("expander", turned !== before && details.open === before, summary.textContent.trim());
  }

  for (const button of document.querySelectorAll("button.copy")) {
    const field = button.parentNode.querySelector("[data-copy]") || button.previousElementSibling.querySelector("[data-copy]");
    button.click();
    done("copy", field && field.selectionEnd - field.selectionStart === field.value.length, button.textContent);
  }

  // shown is what a page says, without what counts its answers.
  const inner = (page, name) => page.querySelector(name)?.innerHTML ?? "";
  const shown = page => (inner(page, "main") ? inner(page, "header") + inner(page, "main") : page.body.innerHTML).replace(/\s+/g, " "); // papers have neither
  const parse = text => new DOMParser().parseFromString(text, "text/html");
  const plain = shown(parse(await (await fetch(location.href)).text()));

  async function leads(kind, address, what) {
    const answer = await fetch(address), text = await answer.text();
    if (!answer.ok) return done(kind, false, what + " answers " + answer.status + " at " + address);
    if (!/html/.test(answer.headers.get("Content-Type"))) return done(kind, text.length > 0, what + " is empty");
    done(kind, shown(parse(text)) !== plain, what + " changes nothing: " + address);
  }

  const kinds = {
    chip: ".chip, .chip-clear", sort: "thead a:not(.how)", page: ".pager a", tab: ".tabs a:not([aria-current])", language: ".switch a[lang]:not([aria-current])",
    unit: ".switch a:not([lang]):not([aria-current])", columns: ".columns-act a", method: "a.how", "way out": ".no-rows a", "saved view": ".view-links a:not([aria-current])"
  };
  for (const kind of Object.keys(kinds)) {
    const links = [...document.querySelectorAll("main " + kinds[kind] + (kind === "language" || kind === "unit" ? ", header " + kinds[kind] : ""))];
    for (const link of links.slice(0, all ? links.length : 1)) {
      if (!link.closest("[data-chart]") && new URL(link.href).pathname + new URL(link.href).search !== location.pathname + location.search) await leads(kind, link.href, link.textContent.trim());
    }
  }

  for (const form of document.querySelectorAll("form.filters[method=get]")) {
    const fields = [...form.elements].filter(field => field.name && field.type !== "hidden");
    for (const field of all ? fields : fields.filter(field => field.tagName === "SELECT" || field.type === "search")) {
      const before = field.value;
      if (field.tagName === "SELECT") field.selectedIndex = field.selectedIndex === field.options.length - 1 ? 0 : field.options.length - 1;
      else if (field.type === "search") field.value = before === "" ? "2024" : "";
      else continue;
      const query = new URLSearchParams(new FormData(form));
      if (field.value !== before) await leads("filter", form.getAttribute("action").split("?")[0] + "?" + query, field.name + "=" + field.value);
      field.value = before;
    }
  }
  return { dead, operated };
})
