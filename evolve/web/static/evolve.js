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
      old.replaceWith(document.adoptNode(fresh));
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
