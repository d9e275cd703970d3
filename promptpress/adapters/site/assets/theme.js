// Before anything is painted: what the reader chose, and what works here.
"use strict";
(() => {
  const page = document.documentElement;
  page.classList.add("js");
  if (location.protocol.startsWith("http")) page.classList.add("web");
  try {
    const kept = localStorage.getItem("theme");
    if (kept === "light" || kept === "dark") page.dataset.theme = kept;
  } catch {
    // The reader keeps nothing: the system's choice holds.
  }
})();
