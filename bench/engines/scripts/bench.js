function bfib(n) {
  if (n < 2) return n;
  return bfib(n - 1) + bfib(n - 2);
}

function Fib(n) { return bfib(n); }

function Loop(n) {
  var sum = 0;
  for (var i = 1; i <= n; i++) sum += i;
  return sum;
}

function Append(n) {
  var text = "";
  for (var i = 1; i <= n; i++) text += "x";
  return text.length;
}

function Fill(n) {
  var list = [], sum = 0;
  for (var i = 1; i <= n; i++) list.push(i);
  for (var i = 0; i < n; i++) sum += list[i];
  return sum;
}

function Sieve(n) {
  var out = new Array(n + 1), count = 0;
  for (var i = 2; i <= n; i++) {
    if (!out[i]) {
      count++;
      for (var j = i + i; j <= n; j += i) out[j] = true;
    }
  }
  return count;
}

function Blocks(n) {
  var add = function (x) { return x + 1; };
  var sum = 0;
  for (var i = 1; i <= n; i++) sum = add(sum);
  return sum;
}

function Counter() { this.count = 0; }
Counter.prototype.add = function (n) { this.count += n; };

function Methods(n) {
  var c = new Counter();
  for (var i = 1; i <= n; i++) c.add(1);
  return c.count;
}

var total;
function Privates(n) {
  total = 0;
  for (var i = 1; i <= n; i++) total += 1;
  return total;
}

function Macros(n) {
  total = 0;
  for (var i = 1; i <= n; i++) total = eval("total + 1");
  return total;
}
