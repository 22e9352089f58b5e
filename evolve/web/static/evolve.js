// Everything works without this file; with it the theme can be chosen and running campaigns are shown live.
"use strict";

// The theme: the system's, light or dark.
{
  const THEMES = ["system", "light", "dark"];
  const button = document.getElementById("theme");
  const root = document.documentElement;
  const show = () => { button.textContent = `Theme: ${root.dataset.theme || "system"}`; };
  button.hidden = false;
  show();
  button.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(root.dataset.theme || "system") + 1) % THEMES.length];
    if (next === "system") {
      delete root.dataset.theme;
      localStorage.removeItem("theme");
    } else {
      root.dataset.theme = next;
      localStorage.setItem("theme", next);
    }
    show();
  });
}

// A family tree is read from its youngest member, at the right; the keys to its colours stay in sight.
for (const tree of document.querySelectorAll("[data-end] figure > .chart-scroll")) {
  const keys = tree.querySelector(".keys");
  tree.addEventListener("scroll", () => {
    keys?.setAttribute("transform", `translate(${tree.scrollLeft} ${tree.scrollTop})`);
  });
  const youngest = tree.querySelector(".ink-line").getBoundingClientRect();
  const above = youngest.top - tree.getBoundingClientRect().top;
  tree.scrollTo({ left: tree.scrollWidth, top: above - (tree.clientHeight - youngest.height) / 2, behavior: "instant" });
}

// Live pages: the server sends the markup of parts that changed. A part that has the focus, or a selection in it, waits,
// and what was unfolded stays so. A page that nobody sees asks for nothing: browsers allow six connections to a server.
{
  const main = document.getElementById("main");
  const waiting = new Map();
  let source = null;
  let seen = "";

  const busy = (part) => {
    const chosen = document.getSelection();
    return part.contains(document.activeElement) || (!chosen.isCollapsed && part.contains(chosen.anchorNode));
  };
  const replace = () => {
    for (const [id, markup] of waiting) {
      const old = document.getElementById(id);
      if (old && busy(old)) continue;
      waiting.delete(id);
      if (!old) continue;
      const fresh = new DOMParser().parseFromString(markup, "text/html").getElementById(id);
      const unfolded = [...old.querySelectorAll("details")];
      [...fresh.querySelectorAll("details")].forEach((one, k) => { one.open = Boolean(unfolded[k]?.open); });
      // What is to be read out must be the same element with another text.
      if (old.role === "status") old.replaceChildren(...fresh.childNodes);
      else old.replaceWith(fresh);
    }
  };
  const listen = () => {
    if (source || document.hidden || !main.dataset.live) return;
    const address = new URL(main.dataset.live, location.href);
    if (seen) address.searchParams.set("since", seen);
    source = new EventSource(address);
    source.addEventListener("message", (event) => {
      seen = event.lastEventId;
      for (const [id, markup] of Object.entries(JSON.parse(event.data))) waiting.set(id, markup);
      replace();
    });
  };
  const rest = () => { source?.close(); source = null; };
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
  document.addEventListener("focusout", () => setTimeout(replace));
  addEventListener("pagehide", rest);
  addEventListener("pageshow", listen);
}

// Forms that search: what is found follows what is typed, without a new page; the address follows, too.
for (const form of document.querySelectorAll("form[data-swap]")) {
  let timer = 0;
  let asked = 0;
  const show = async () => {
    const mine = ++asked;
    const given = [...new FormData(form)].filter(([, value]) => value !== "");
    const address = `${form.getAttribute("action")}?${new URLSearchParams(given)}`;
    const answer = await fetch(address);
    const text = await answer.text();
    if (mine !== asked) return; // a later one is on its way
    const page = new DOMParser().parseFromString(text, "text/html");
    const fresh = page.getElementById(form.dataset.swap);
    if (!fresh) return location.assign(address);
    document.getElementById(form.dataset.swap).replaceWith(fresh);
    history.replaceState(null, "", address);
  };
  const soon = (wait) => { clearTimeout(timer); timer = setTimeout(show, wait); };
  form.addEventListener("input", () => soon(300));
  form.addEventListener("submit", (event) => { event.preventDefault(); soon(0); });
}
