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

  // for pages that may not use the clipboard, as those opened from a disk
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
      const name = button.getAttribute("aria-label");
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
        button.removeAttribute("aria-label");
        say(button.textContent);
        setTimeout(() => { button.textContent = label; button.setAttribute("aria-label", name); }, 1600);
      });
    }
  }

  // what is reached from a node by following edges one way
  function reached(start, next) {
    const found = new Set([start]);
    for (const id of found) for (const other of next.get(id) ?? []) found.add(other);
    return found;
  }

  function graph(box) {
    const svg = box.querySelector("svg");
    const readout = box.querySelector(".readout");
    const hint = readout.textContent;
    const nodes = new Map();
    for (const a of svg.querySelectorAll("a.node")) {
      const { e, f } = a.querySelector("g").transform.baseVal.consolidate().matrix;
      nodes.set(a.dataset.id, { a, x: e, y: f });
    }
    const curves = [...svg.querySelectorAll(".curves path[data-from]")].map((c) => ({ c, from: c.dataset.from, to: c.dataset.to }));
    const users = new Map();
    const uses = new Map();
    for (const { from, to } of curves) {
      users.set(from, [...(users.get(from) ?? []), to]);
      uses.set(to, [...(uses.get(to) ?? []), from]);
    }

    const trace = (id) => {
      svg.classList.toggle("traced", id !== null);
      readout.textContent = id === null ? hint : nodes.get(id).a.getAttribute("aria-label");
      readout.classList.toggle("told", id !== null);
      const below = id === null ? new Set() : reached(id, uses);
      const above = id === null ? new Set() : reached(id, users);
      for (const [other, { a }] of nodes) a.classList.toggle("near", below.has(other) || above.has(other));
      for (const { c, from, to } of curves) c.classList.toggle("near", below.has(to) || above.has(from));
    };

    // one stop of the Tab key for the whole graph; arrows go on from there
    let stop = null;
    const stand = (id) => {
      if (stop !== null) nodes.get(stop).a.tabIndex = -1;
      stop = id;
      nodes.get(id).a.tabIndex = 0;
    };
    const ways = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    const step = (event, id) => {
      const way = ways[event.key];
      if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const here = nodes.get(id);
      let best = null;
      let least = Infinity;
      for (const [other, { x, y }] of nodes) {
        const along = way[0] * (x - here.x) + way[1] * (y - here.y);
        const off = Math.abs(way[1] * (x - here.x)) + Math.abs(way[0] * (y - here.y));
        if (along > 1 && along + 3 * off < least) [best, least] = [other, along + 3 * off];
      }
      if (best !== null) nodes.get(best).a.focus();
    };
    for (const [id, { a }] of nodes) {
      a.tabIndex = -1;
      a.addEventListener("pointerenter", () => trace(id));
      a.addEventListener("pointerleave", () => trace(null));
      a.addEventListener("focus", () => { stand(id); trace(id); });
      a.addEventListener("blur", () => trace(null));
      a.addEventListener("keydown", (event) => step(event, id));
    }
    const current = svg.querySelector('a.node[aria-current="page"]') ?? svg.querySelector("a.node");
    if (current) stand(current.dataset.id);
    // a graph wider than the page begins at the statement of the page
    const canvas = box.querySelector(".canvas");
    if (svg.querySelector('a.node[aria-current="page"]')) canvas.scrollLeft = nodes.get(stop).x + 60 - canvas.clientWidth / 2;
  }

  // words are found with and without accents, letters by their names, signs as one types them
  const typed = new Map(Object.entries({ "⋆": "*", "·": "*", "−": "-", "≤": "<=", "≥": ">=", "≠": "!=", "‖": "||", "^": "", ł: "l" }));
  "alpha=α beta=β gamma=γ delta=δ epsilon=ε zeta=ζ eta=η theta=θ kappa=κ lambda=λ mu=μ nu=ν xi=ξ pi=π rho=ρ sigma=σ tau=τ phi=φ chi=χ psi=ψ omega=ω"
    .split(" ").forEach((pair) => typed.set(pair.slice(-1), pair.slice(0, -2)));
  const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replace(/[^\x00-\x5d\x5f-\x7f]/g, (ch) => typed.get(ch) ?? ch);

  function filter() {
    const form = document.querySelector("form.filter");
    if (!form) return;
    const groups = [...document.querySelectorAll("#view-list .group")].map((group) => ({ group, paper: group.dataset.paper }));
    const rows = groups.flatMap(({ group, paper }) => [...group.querySelectorAll("li")].map((row) => {
      const { kind, verdict, assurance, words } = row.dataset;
      const id = row.querySelector(".id").textContent;
      return { row, list: row.parentElement, id, paper, kind, verdict, assurance, shown: true, text: plain(`${row.textContent} ${words}`) };
    }));
    const nodes = [...document.querySelectorAll("#view-graph a.node")];
    const drawn = [...document.querySelectorAll("#view-graph .group")];
    const views = ["graph", "list"].map((name) => document.getElementById(`view-${name}`));
    const names = [...new Set([...form.elements].map((e) => e.name).filter(Boolean))];
    const fields = names.filter((name) => !["q", "view"].includes(name));
    const count = document.getElementById("count");
    let chosen = "";

    const show = () => {
      const view = chosen || (form.elements.q.value.trim() ? "list" : "graph");
      if (!views[0]) return;
      views.forEach((section, n) => { section.hidden = view !== ["graph", "list"][n]; });
      form.elements.view.value = view;
    };
    const apply = () => {
      const words = plain(form.elements.q.value).split(/\s+/).filter(Boolean);
      const wanted = fields.map((name) => [name, form.elements[name].value]).filter(([, value]) => value);
      const shown = new Set();
      const papers = new Set();
      const lists = new Set();
      for (const each of rows) {
        const fits = wanted.every(([name, value]) => each[name] === value) && words.every((w) => each.text.includes(w));
        if (fits) { shown.add(each.id); papers.add(each.paper); lists.add(each.list); }
        if (fits !== each.shown) { each.row.hidden = !fits; each.shown = fits; }
      }
      for (const { group, paper } of groups) group.hidden = !papers.has(paper);
      for (const list of document.querySelectorAll("#view-list .list")) list.hidden = !lists.has(list);
      // browsers guess the height of long lists that are out of sight; short ones are laid out at once
      views[1].classList.toggle("few", shown.size <= 400);
      for (const group of drawn) group.hidden = !papers.has(group.dataset.paper);
      for (const node of nodes) node.classList.toggle("dim", !shown.has(node.dataset.id));
      count.textContent = `${shown.size} of ${rows.length} statements`;
      show();
    };
    const keep = () => {
      const state = new URLSearchParams();
      for (const name of ["q", ...fields]) if (form.elements[name].value) state.set(name, form.elements[name].value);
      if (chosen) state.set("view", chosen);
      history.replaceState(null, "", `#${state.toString() || "all"}`);
    };
    const restore = () => {
      const state = new URLSearchParams(location.hash ? location.hash.slice(1) : location.search);
      if (location.hash && !names.some((name) => state.has(name)) && location.hash !== "#all") { apply(); return; }
      for (const name of ["q", ...fields]) form.elements[name].value = state.get(name) ?? "";
      for (const name of fields) if (form.elements[name].selectedIndex === -1) form.elements[name].selectedIndex = 0;
      chosen = ["graph", "list"].includes(state.get("view")) ? state.get("view") : "";
      apply();
      if (names.some((name) => state.get(name))) form.scrollIntoView();
    };
    form.addEventListener("input", (event) => {
      if (event.target.name === "view") chosen = event.target.value;
      apply();
      keep();
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(() => { chosen = ""; apply(); keep(); }));
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
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", "wide, scrolls");
      }
    }
  }

  addEventListener("DOMContentLoaded", () => {
    themeButton();
    copyButtons();
    document.querySelectorAll(".graph").forEach(graph);
    filter();
    keys();
  });
  addEventListener("load", scrollers);
})();
