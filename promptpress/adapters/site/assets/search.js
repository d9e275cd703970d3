// Search without a server: every post's words come in pieces of 200 posts, the newest first.
"use strict";
(() => {
  const STEP = 48;
  const root = new URL("../", document.currentScript.src);
  const [box, list, state, more] = ["q", "found", "state", "more"].map((id) =>
    document.getElementById(id),
  );
  const posts = [];
  let left = Number(list.dataset.shards);
  let most = STEP;
  let loading;

  const split = (text) => text.normalize("NFKC").toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];

  async function load() {
    for (; left > 0; left -= 1) {
      const answer = await fetch(new URL(`search/${left}.json`, root));
      if (!answer.ok) throw new Error(String(answer.status));
      for (const post of await answer.json()) {
        posts.push({ ...post, text: split(`${post.t} ${post.w} ${post.g} ${post.d}`).join(" ") });
      }
      show();
    }
  }

  function make(name, fields, ...children) {
    const element = Object.assign(document.createElement(name), fields);
    element.append(...children);
    return element;
  }

  // Words of others become text and never markup.
  function card(post) {
    const frame = make("div", { className: "frame" });
    if (post.p) {
      const src = new URL(`media/${post.p}`, root);
      frame.append(make("img", { alt: "", loading: "lazy", decoding: "async", src }));
    }
    const day = new Date(`${post.d}T00:00Z`).toLocaleDateString("en-GB", {
      day: "numeric", month: "long", year: "numeric", timeZone: "UTC",
    });
    const link = make("a", { dir: "auto", textContent: post.t, href: new URL(post.h, root) });
    const notes = post.n.map((note) => make("span", { className: "mark" }, note));
    const date = make("time", { dateTime: post.d }, day);
    const facts = make("p", { className: "facts" }, date, ...notes);
    const text = make("div", { className: "text" }, facts, make("h2", {}, link));
    return make("li", { className: "card" }, make("article", {}, frame, text));
  }

  function show() {
    const terms = split(box.value);
    const found = terms.length
      ? posts.filter((post) => terms.every((term) => post.text.includes(term)))
      : [];
    list.replaceChildren(...found.slice(0, most).map(card));
    more.hidden = found.length <= most;
    const count = found.length === 1 ? "1 post" : `${found.length.toLocaleString("en")} posts`;
    state.textContent = terms.length ? count + (left > 1 || !posts.length ? " so far" : "") : "";
  }

  function look() {
    most = STEP;
    show();
    loading ??= load().catch(() => {
      loading = undefined; // the next key tries again
      state.textContent = "The rest cannot be searched without a connection.";
    });
  }

  function remember() {
    const query = box.value ? `?q=${encodeURIComponent(box.value)}` : "";
    history.replaceState(null, "", location.pathname + query);
  }

  box.addEventListener("input", look);
  box.addEventListener("change", remember);
  box.form.addEventListener("submit", (event) => {
    event.preventDefault();
    remember();
    look();
  });
  more.addEventListener("click", () => {
    most += STEP;
    show();
  });
  box.value = new URLSearchParams(location.search).get("q") ?? "";
  if (box.value) look();
  box.focus({ preventScroll: true });
})();
