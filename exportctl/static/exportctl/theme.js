/* Loaded in the head before the first paint: the chosen theme and density, and that script runs. */
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");
  ["theme", "density"].forEach(function (name) {
    try {
      var value = localStorage.getItem("exportctl-" + name);
      if (value) root.dataset[name] = value;
    } catch (error) { /* storage is off: the system's choice holds */ }
  });
})();
