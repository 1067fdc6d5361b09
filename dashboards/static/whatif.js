// What a scenario supposes takes effect on change, and each percentage gets a slider. Without this the button does.
(function () {
  "use strict";
  var form = document.querySelector("[data-whatif]");
  if (!form) return;
  var place = "pingxin-whatif";

  // What the policy says, and what is empty, need not stand in the address.
  form.addEventListener("submit", function () {
    try { sessionStorage.setItem(place, JSON.stringify({ top: scrollY, name: document.activeElement && (document.activeElement.name || document.activeElement.id) })); } catch (refused) { /* the page begins at its top */ }
    form.querySelectorAll("[name]").forEach(function (field) {
      if (field.value === "" || field.value === field.dataset.default) field.disabled = true;
    });
  });
  addEventListener("pageshow", function () { // also when the back button brings the page again
    form.querySelectorAll("[name]").forEach(function (field) { field.disabled = false; });
  });

  function ask() { if (form.reportValidity()) form.requestSubmit(); }

  form.querySelectorAll("[name]").forEach(function (field) { field.addEventListener("change", ask); });

  form.querySelectorAll("[data-slides]").forEach(function (field) {
    var slider = document.createElement("input");
    slider.type = "range";
    slider.min = field.min;
    slider.max = field.max;
    slider.step = 1;
    slider.id = field.name + "-slider";
    slider.defaultValue = field.value === "" ? field.max : field.value;
    slider.setAttribute("aria-label", field.closest("label").querySelector("span").textContent);
    slider.addEventListener("input", function () { field.value = slider.value; });
    slider.addEventListener("change", ask);
    field.addEventListener("input", function () { slider.value = field.value; });
    field.closest(".amount").after(slider);
  });

  if (matchMedia("(max-width: 860px)").matches) {
    form.querySelectorAll("details:not([data-changed])").forEach(function (group) { group.open = false; });
  }

  try {
    var kept = JSON.parse(sessionStorage.getItem(place) || "null");
    sessionStorage.removeItem(place);
    if (kept) {
      scrollTo(0, kept.top);
      var last = kept.name && form.elements[kept.name];
      if (last && last.focus) last.focus({ preventScroll: true });
    }
  } catch (refused) { /* the page begins at its top */ }
})();
