/* Makes pages quicker to use; every page works without it. */
(function () {
  "use strict";
  var root = document.documentElement;

  function read(name) { try { return localStorage.getItem("exportctl-" + name) || ""; } catch (error) { return ""; } }
  function keep(name, value) {
    try {
      if (value) localStorage.setItem("exportctl-" + name, value);
      else localStorage.removeItem("exportctl-" + name);
    } catch (error) { /* storage is off: the choice lasts as long as the page */ }
  }
  function all(selector, within) { return Array.prototype.slice.call((within || document).querySelectorAll(selector)); }
  function shown(element) { return element.getClientRects().length > 0; }

  /* Theme, density, single keys */
  function drawSwitches() {
    all("[data-switch]").forEach(function (input) { input.checked = input.value === read(input.dataset.switch); });
    all("[data-keys-switch]").forEach(function (input) { input.checked = read("keys") !== "off"; });
  }
  document.addEventListener("change", function (event) {
    var input = event.target;
    if (input.matches("[data-switch]")) {
      keep(input.dataset.switch, input.value);
      if (input.value) root.dataset[input.dataset.switch] = input.value;
      else delete root.dataset[input.dataset.switch];
    } else if (input.matches("[data-keys-switch]")) {
      keep("keys", input.checked ? "" : "off");
    }
  });

  /* Keys. A single key acts only outside of typing and can be turned off (WCAG 2.1.4). */
  function typing(target) {
    return target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
  }
  function rows() { return all("#main .table tbody tr").filter(function (row) { return row.querySelector("a.title") && shown(row); }); }
  function row() { return document.activeElement && document.activeElement.closest("tr"); }
  function step(by) {
    var list = rows();
    if (!list.length) return false;
    var at = list.indexOf(row());
    var next = list[at < 0 ? (by > 0 ? 0 : list.length - 1) : Math.min(Math.max(at + by, 0), list.length - 1)];
    next.querySelector("a.title").focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  }
  function inRow(selector) {
    var found = row() && row().querySelector(selector);
    if (found) found.click();
    return Boolean(found);
  }
  var rowKeys = {
    j: function () { return step(1); },
    k: function () { return step(-1); },
    o: function () { return inRow("a.title"); },
    x: function () { return inRow("input[type=checkbox]"); }
  };
  function act(element) {
    if (element.matches("input[type=radio], input[type=checkbox]")) { element.focus(); element.click(); }
    else if (element.matches("input, textarea, select")) { element.focus(); if (element.select) element.select(); }
    else element.click();
  }
  document.addEventListener("keydown", function (event) {
    var target = event.target;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      var form = target.closest("form");
      if (form && form.method === "post") { event.preventDefault(); form.requestSubmit(form.querySelector("button.btn-main:not([type=button], [aria-disabled=true])") || undefined); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return;
    if (read("keys") === "off" || typing(target) || document.querySelector("dialog:modal")) return;
    var key = event.key.length === 1 ? event.key : "";
    if (!key) return;
    var owner = all("[data-key]").filter(function (element) { return element.dataset.key === key && shown(element) && element.getAttribute("aria-disabled") !== "true"; })[0];
    if (owner) { event.preventDefault(); act(owner); }
    else if (rowKeys[key] && rowKeys[key]()) event.preventDefault();
  });

  /* What cannot act says why and does nothing. */
  document.addEventListener("click", function (event) {
    var target = event.target.closest ? event.target : null;
    if (!target) return;
    var off = target.closest("[aria-disabled=true]");
    if (off) { event.preventDefault(); event.stopPropagation(); return; }
    var copy = target.closest("[data-copy]");
    if (copy && navigator.clipboard) {
      var label = copy.querySelector("span") || copy;
      var before = label.textContent;
      navigator.clipboard.writeText(copy.dataset.copy).then(function () {
        label.textContent = "Copied";
        setTimeout(function () { label.textContent = before; }, 2000);
      });
    }
    var close = target.closest("[data-close]");
    if (close && close.closest("dialog")) { event.preventDefault(); close.closest("dialog").close(); }
    var everything = target.closest("[data-select-all]");
    if (everything) {
      all("input[type=checkbox]", everything.closest("form, .table-box")).forEach(function (box) {
        if (box !== everything && box.name === (everything.dataset.selectAll || box.name)) box.checked = everything.checked;
      });
    }
  }, true);

  /* Filters send themselves. */
  var waiting;
  function send(form, wait) {
    clearTimeout(waiting);
    waiting = setTimeout(function () { form.requestSubmit(); }, wait);
  }
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-autosubmit]");
    if (form && !event.target.matches("input[type=search], input[type=text], input:not([type])")) send(form, 0);
  });
  document.addEventListener("input", function (event) {
    var form = event.target.closest("form[data-autosubmit]");
    if (form && event.target.matches("input[type=search], input[type=text], input:not([type])")) send(form, 500);
  });

  /* A line's total as it will be worked out, shown where one may be typed to have it checked. */
  function figure(input) { return Number(input.value.replace(/,/g, "").trim() || NaN); }
  function sum(row) {
    var total = row.querySelector("[name$=-total_price]");
    var value = figure(row.querySelector("[name$=-quantity]")) * figure(row.querySelector("[name$=-unit_price]"));
    total.placeholder = isFinite(value) ? value.toLocaleString("en-US", { maximumFractionDigits: 2 }) : "";
  }
  document.addEventListener("input", function (event) {
    var row = event.target.closest("[data-sum]");
    if (row) sum(row);
  });

  /* Of the figures a kind may carry only its own are asked; without a kind chosen, none. */
  function kinds(select) {
    all("[data-kinds]", select.form).forEach(function (input) {
      var box = input.closest(".field");
      if (box) box.hidden = !input.value && input.dataset.kinds.split(" ").indexOf(select.value) < 0;
    });
  }
  document.addEventListener("change", function (event) {
    if (event.target.matches("select[data-kind]")) kinds(event.target);
  });

  /* A file that is too large is told before it is sent; the server refuses it all the same. */
  document.addEventListener("change", function (event) {
    var input = event.target;
    if (!input.matches("input[type=file][data-limit]")) return;
    var limit = Number(input.dataset.limit);
    var large = input.files.length && input.files[0].size > limit;
    input.setCustomValidity(large ? "This file is larger than " + Math.floor(limit / 1048576) + " MB. Split it, or lower the resolution of the scans." : "");
    if (large) input.reportValidity();
  });

  /* Toasts */
  function toast(tone, icon, words, label, press) {
    var box = document.getElementById("toasts");
    if (!box) return null;
    var sprite = (document.querySelector("svg.i use") || { getAttribute: function () { return "#"; } }).getAttribute("href").split("#")[0];
    var item = document.createElement("div");
    item.className = "banner toast";
    item.dataset.tone = tone;
    item.setAttribute("role", tone === "late" ? "alert" : "status");
    var svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "i");
    svg.setAttribute("aria-hidden", "true");
    var use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", sprite + "#" + icon);
    svg.appendChild(use);
    var text = document.createElement("p");
    text.textContent = words;
    item.append(svg, text);
    if (label) {
      var button = document.createElement("button");
      button.className = "btn";
      button.type = "button";
      button.textContent = label;
      button.addEventListener("click", function () { item.remove(); if (press) press(); });
      item.appendChild(button);
    }
    box.appendChild(item);
    return item;
  }
  function endUndo() {
    all("[data-until]").forEach(function (item) {
      var left = Date.parse(item.dataset.until) - Date.now();
      delete item.dataset.until;
      if (isNaN(left)) return;
      setTimeout(function () { item.remove(); }, Math.min(Math.max(left, 0), 2147483647));
    });
  }

  /* A part of the page that could not be fetched is said, never left as it was. */
  document.addEventListener("htmx:responseError", function (event) {
    var status = event.detail.xhr.status;
    if (status === 401 || status === 403) toast("late", "lock", "You are signed out or may not do this. What you typed is still here.", "Close");
    else toast("late", "late", "That did not work (" + status + "). Nothing was stored; what you typed is still here.", "Close");
  });
  document.addEventListener("htmx:sendError", function () {
    toast("late", "late", "The server cannot be reached. Nothing was stored; what you typed is still here.", "Close");
  });

  /* Two minutes before the session ends */
  function watchSession() {
    var seconds = Number(document.body.dataset.sessionSeconds);
    if (!document.body.dataset.sessionSeconds || isNaN(seconds)) return;
    var stay = document.body.dataset.sessionStay;
    setTimeout(function () {
      toast("soon", "soon", "You are signed out in 2 minutes. Save what you typed.", stay ? "Stay signed in" : "Close", function () {
        if (!stay) return;
        var token = document.querySelector("[name=csrfmiddlewaretoken]");
        fetch(stay, { method: "POST", headers: { "X-CSRFToken": token ? token.value : "" } }).then(function (answer) {
          if (answer.ok) watchSession();
          else toast("late", "late", "You are signed out. Sign in on another page, then send this one again.", "Close");
        });
      });
    }, Math.min(Math.max(seconds - 120, 0) * 1000, 2147483647));
  }

  function start() {
    drawSwitches();
    all("[data-sum]").forEach(sum);
    all("select[data-kind]").forEach(kinds);
    endUndo();
    all("[data-scroll=end]").forEach(function (box) { box.scrollLeft = box.scrollWidth; });
    all("dialog[data-modal][open]").forEach(function (dialog) { dialog.close(); dialog.showModal(); });
    var errors = document.querySelector("[data-focus]");
    if (errors) { errors.removeAttribute("data-focus"); errors.focus(); }
  }
  start();
  watchSession();
  document.addEventListener("htmx:afterSettle", start);
})();
