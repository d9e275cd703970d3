// Light and dark, the arrow keys, what is kept to be read offline, and word of new posts.
"use strict";
(() => {
  const page = document.documentElement;
  const root = new URL("../", document.currentScript.src);

  const button = document.querySelector(".shade");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const bars = [...document.querySelectorAll('meta[name="theme-color"]')];
  const colours = bars.map((bar) => bar.content);
  const isDark = () => (page.dataset.theme ? page.dataset.theme === "dark" : system.matches);

  function showTheme() {
    button.setAttribute("aria-pressed", String(isDark()));
    bars.forEach((bar, at) => {
      bar.content = page.dataset.theme ? colours[Number(isDark())] : colours[at];
    });
  }

  // Whoever goes back to what the system says follows the system again.
  function switchTheme() {
    const dark = !isDark();
    const follows = dark === system.matches;
    if (follows) delete page.dataset.theme;
    else page.dataset.theme = dark ? "dark" : "light";
    try {
      if (follows) localStorage.removeItem("theme");
      else localStorage.setItem("theme", page.dataset.theme);
    } catch {
      // It holds for this page.
    }
    showTheme();
  }

  button.addEventListener("click", switchTheme);
  system.addEventListener("change", showTheme);
  showTheme();

  addEventListener("keydown", (event) => {
    const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    const busy = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
    if (!rel || busy || event.target.closest("input, .pictures, .topics, pre")) return;
    document.querySelector(`.turn a[rel="${rel}"]`)?.click();
  });

  const worker = page.classList.contains("web") ? navigator.serviceWorker : undefined;
  if (!worker) return;
  const shown = document.body.dataset.newest;
  let known = shown;

  function tell(newest) {
    if (known && newest && newest !== known) {
      const link = document.createElement("a");
      link.href = new URL("index.html", root);
      link.textContent = "Show";
      document.querySelector(".news").replaceChildren("New posts ", link);
    }
    if (!shown) known = newest;
  }

  const ask = () => {
    if (document.visibilityState === "visible") worker.controller?.postMessage({ look: true });
  };
  const tellRead = () => {
    const files = performance.getEntriesByType("resource").map((entry) => entry.name);
    worker.controller.postMessage({ read: [location.href, ...files] });
  };

  worker.addEventListener("message", (event) => tell(event.data.newest));
  worker.startMessages();
  if (!worker.controller) worker.addEventListener("controllerchange", tellRead, { once: true });
  document.addEventListener("visibilitychange", ask);
  setInterval(ask, 300_000);
  addEventListener("load", () => {
    worker.register(new URL("sw.js", root)).catch(() => undefined); // then nothing is kept
  });
})();
