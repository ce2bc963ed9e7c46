// Runs before the first paint, as a classic script, so that even a browser too old for modules gets a word.
// Two jobs: the chosen theme, so that nothing flashes; and the message when the app does not start.
(function () {
  "use strict";
  var root = document.documentElement;

  // The preference is kept by the app as a JSON string: "light" | "dark" | "sun" | "system".
  try {
    var theme = JSON.parse(localStorage.getItem("aisle.theme"));
    if (theme === "light" || theme === "dark") root.setAttribute("data-theme", theme);
    if (theme === "sun") {
      root.setAttribute("data-theme", "light");
      root.setAttribute("data-sun", "on");
    }
  } catch (e) {
    // No storage or not JSON: the system decides.
  }

  var first = (navigator.languages && navigator.languages[0]) || navigator.language || "en";
  root.lang = /^zh\b/i.test(first) ? "zh-CN" : "en";

  var shown = false;
  function fail(why) {
    if (shown) return;
    var place = document.getElementById("boot-failed");
    if (!place) {
      // The app has started (and removed the message), or the page is not parsed yet.
      if (document.readyState === "loading") {
        document.addEventListener("DOMContentLoaded", function () { fail(why); });
      }
      return;
    }
    shown = true;
    document.getElementById("boot-wait").hidden = true;
    document.getElementById("boot-why").textContent = why;
    place.hidden = false;
  }

  // boot.js reports its failures here.
  window.addEventListener("aisle:boot-failed", function (event) { fail(String(event.detail)); });
  // A script that could not be loaded at all: such errors do not bubble, they are only captured.
  window.addEventListener("error", function (event) {
    var from = event.target;
    if (from && from.tagName === "SCRIPT") fail("could not load " + from.getAttribute("src"));
  }, true);
  if (!("noModule" in HTMLScriptElement.prototype) || typeof WebAssembly !== "object") {
    fail("this browser has no modules or no WebAssembly");
  }
})();
