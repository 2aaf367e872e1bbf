"use strict";
// Sorts the table of files by the column whose heading is chosen.
document.querySelectorAll("#files th").forEach(function (th, column) {
  var button = document.createElement("button");
  button.type = "button";
  button.textContent = th.textContent;
  th.textContent = "";
  th.appendChild(button);
  button.addEventListener("click", function () {
    var up = th.getAttribute("aria-sort") !== "ascending";
    th.parentNode.querySelectorAll("th").forEach(function (other) { other.removeAttribute("aria-sort"); });
    th.setAttribute("aria-sort", up ? "ascending" : "descending");
    var body = document.querySelector("#files tbody");
    var rows = Array.from(body.rows);
    var key = function (row) { return row.cells[column].dataset.key; };
    rows.sort(function (a, b) {
      var x = key(a), y = key(b);
      var order = column === 0 ? (x < y ? -1 : x > y ? 1 : 0) : x - y;
      return up ? order : -order;
    });
    rows.forEach(function (row) { body.appendChild(row); });
  });
});
// Opens the source that a link leads to.
function show() {
  var target = document.getElementById(location.hash.slice(1));
  var box = target && target.closest("details");
  if (box) {
    box.open = true;
    target.scrollIntoView();
  }
}
window.addEventListener("hashchange", show);
show();
