"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("script");
  const stored = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("lemmata-theme");
      localStorage.setItem("lemmata-theme", value);
    } catch { /* without storage the choice lasts as long as the page */ }
    return null;
  };
  const theme = stored();
  if (theme === "dark" || theme === "light") root.dataset.theme = theme;

  const dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const say = (words) => { document.getElementById("said").textContent = words; };

  function themeButton() {
    const button = document.querySelector(".theme");
    const show = () => button.setAttribute("aria-pressed", String(dark()));
    button.addEventListener("click", () => {
      root.dataset.theme = dark() ? "light" : "dark";
      stored(root.dataset.theme);
      show();
    });
    show();
  }

  function copied(text) {
    const box = document.createElement("textarea");
    box.value = text;
    box.className = "unseen";
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    return done;
  }

  function copyButtons() {
    for (const button of document.querySelectorAll(".copy")) {
      const label = button.textContent;
      button.addEventListener("click", async () => {
        const text = button.parentElement.querySelector("pre").textContent;
        let done = false;
        try {
          await navigator.clipboard.writeText(text);
          done = true;
        } catch {
          done = copied(text);
          button.focus();
        }
        button.textContent = done ? "Copied" : "Not copied";
        say(button.textContent);
        setTimeout(() => { button.textContent = label; }, 1600);
      });
    }
  }

  function graphs() {
    for (const svg of document.querySelectorAll(".graph svg")) {
      const nodes = new Map([...svg.querySelectorAll("a.node")].map((a) => [a.dataset.id, a]));
      const curves = [...svg.querySelectorAll(".curves path[data-from]")];
      const trace = (id) => {
        svg.classList.toggle("traced", id !== null);
        for (const a of nodes.values()) a.classList.toggle("near", a.dataset.id === id);
        for (const c of curves) {
          const near = c.dataset.from === id || c.dataset.to === id;
          c.classList.toggle("near", near);
          if (near) for (const end of [c.dataset.from, c.dataset.to]) nodes.get(end).classList.add("near");
        }
      };
      for (const [id, a] of nodes) {
        a.addEventListener("pointerenter", () => trace(id));
        a.addEventListener("pointerleave", () => trace(null));
        a.addEventListener("focus", () => trace(id));
        a.addEventListener("blur", () => trace(null));
      }
    }
  }

  function filter() {
    const form = document.querySelector("form.filter");
    if (!form) return;
    const rows = [...document.querySelectorAll("tr.row")].map((row) => ({
      row, data: row.dataset, paper: row.parentElement.dataset.paper, text: row.dataset.text.toLowerCase(),
    }));
    const bodies = document.querySelectorAll("table.list tbody");
    const nodes = document.querySelectorAll(".graph a.node");
    const names = [...form.elements].filter((e) => e.name).map((e) => e.name);
    const count = document.getElementById("count");

    const apply = () => {
      const wanted = Object.fromEntries(names.map((name) => [name, form.elements[name].value]));
      const words = wanted.q.toLowerCase().split(/\s+/).filter(Boolean);
      const shown = new Set();
      for (const { row, data, paper, text } of rows) {
        const fits = words.every((w) => text.includes(w)) && (!wanted.paper || wanted.paper === paper)
          && ["kind", "verdict", "assurance"].every((name) => !wanted[name] || wanted[name] === data[name]);
        row.hidden = !fits;
        if (fits) shown.add(data.id);
      }
      for (const body of bodies) body.hidden = !body.querySelector("tr.row:not([hidden])");
      for (const node of nodes) node.classList.toggle("dim", !shown.has(node.dataset.id));
      count.textContent = `${shown.size} of ${rows.length} statements`;
      return wanted;
    };
    const keep = () => {
      const wanted = Object.entries(apply()).filter(([, value]) => value);
      const hash = new URLSearchParams(wanted).toString();
      history.replaceState(null, "", hash ? `#${hash}` : "#statements");
    };
    const restore = () => {
      const given = new URLSearchParams(location.hash.slice(1));
      const asked = new URLSearchParams(location.hash ? "" : location.search);
      if (!names.some((name) => given.has(name) || asked.has(name))) { apply(); return; }
      for (const name of names) form.elements[name].value = given.get(name) ?? asked.get(name) ?? "";
      for (const name of names) if (form.elements[name].selectedIndex === -1) form.elements[name].selectedIndex = 0;
      apply();
      document.getElementById("statements").scrollIntoView();
    };
    form.addEventListener("input", keep);
    form.addEventListener("submit", (event) => { event.preventDefault(); keep(); });
    form.addEventListener("reset", () => setTimeout(keep));
    addEventListener("hashchange", restore);
    restore();
  }

  function keys() {
    document.addEventListener("keydown", (event) => {
      const writing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "");
      if (event.key !== "/" || writing || event.ctrlKey || event.metaKey || event.altKey) return;
      const box = document.querySelector('input[type="search"]');
      if (!box) return;
      event.preventDefault();
      box.focus();
      box.select();
    });
  }

  // what scrolls sideways must be within reach of the keyboard
  function scrollers() {
    for (const box of document.querySelectorAll(".formula, .wide, .with")) {
      if (box.scrollWidth > box.clientWidth + 1) {
        box.tabIndex = 0;
        if (!box.hasAttribute("role")) { box.setAttribute("role", "group"); box.setAttribute("aria-label", "wide, scrolls"); }
      }
    }
  }

  addEventListener("DOMContentLoaded", () => { themeButton(); copyButtons(); graphs(); filter(); keys(); });
  addEventListener("load", scrollers);
})();
