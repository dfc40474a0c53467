// Pages refresh themselves only while the reader lets them.
(function () {
  "use strict";
  var button = document.getElementById("live");
  if (!button || !document.querySelector("[data-live]")) return;

  function live() {
    try { return localStorage.getItem("colonnade-live") !== "no"; } catch (error) { return true; }
  }
  function show() {
    button.setAttribute("aria-pressed", String(live()));
    button.title = live() ? "This page refreshes itself; press to pause" : "Paused; press to refresh again";
  }
  button.hidden = false;
  show();
  button.addEventListener("click", function () {
    try { localStorage.setItem("colonnade-live", live() ? "no" : "yes"); } catch (error) { return; }
    show();
  });
  document.body.addEventListener("htmx:beforeRequest", function (event) {
    var refreshing = event.detail.elt.hasAttribute("data-live");
    if (refreshing && (!live() || document.hidden)) event.preventDefault();
  });
  // A session that ended, or a console that stopped: the page itself says so.
  document.body.addEventListener("htmx:responseError", function (event) {
    if (event.detail.xhr.status === 401) location.reload();
  });
})();
