"use strict";

// The page is complete without this script, which filters it and sends requests.
(() => {
	const tools = document.querySelector("form.tools");
	const filter = tools.elements.namedItem("filter");
	const token = tools.elements.namedItem("token");

	function show() {
		const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
		for (const service of document.querySelectorAll(".service")) {
			const name = service.querySelector("h2").textContent.toLowerCase();
			let any = false;
			for (const operation of service.querySelectorAll(".operation")) {
				const text = name + " " + operation.querySelector("summary").textContent.toLowerCase();
				operation.hidden = !words.every((word) => text.includes(word));
				any ||= !operation.hidden;
			}
			service.hidden = !any;
		}
	}

	function openTarget() {
		const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
		if (target instanceof HTMLDetailsElement) {
			target.open = true;
			target.scrollIntoView();
		}
	}

	// request returns the URL and headers that the fields of a form stand for.
	function request(form) {
		let path = form.dataset.path;
		const query = new URLSearchParams();
		const headers = new Headers({ Accept: "application/json, */*;q=0.5" });
		for (const field of form.querySelectorAll("input")) {
			if (field.dataset.in === "path") {
				path = path.replace("{" + field.name + "}", () => encodeURIComponent(field.value));
			} else if (field.value !== "" && field.dataset.in === "query") {
				query.append(field.name, field.value);
			} else if (field.value !== "") {
				headers.set(field.name, field.value);
			}
		}
		const tail = query.size ? "?" + query : "";
		return { url: tools.dataset.base + path + tail, headers };
	}

	function write(output, parts) {
		output.replaceChildren(...parts.map((part) => {
			const block = document.createElement("pre");
			block.textContent = part;
			return block;
		}));
	}

	function pretty(text) {
		try {
			return JSON.stringify(JSON.parse(text), null, 2);
		} catch {
			return text;
		}
	}

	async function send(form) {
		const output = form.querySelector("output");
		try {
			const { url, headers } = request(form);
			const options = { method: form.dataset.method, headers, redirect: "manual" };
			const body = form.querySelector("textarea");
			if (body && body.value !== "") {
				options.body = body.value;
				headers.set("Content-Type", "application/json");
			}
			if (token && token.value !== "") {
				headers.set("Authorization", "Bearer " + token.value);
			}
			const answer = await fetch(url, options);
			const text = await answer.text();
			write(output, [form.dataset.method + " " + url + "\n" + answer.status + " " + answer.statusText, pretty(text)]);
		} catch (error) {
			write(output, [tools.dataset.noAnswer + " " + error.message]);
		}
	}

	tools.hidden = false;
	tools.addEventListener("submit", (event) => event.preventDefault());
	filter.addEventListener("input", show);
	for (const form of document.querySelectorAll("form.try")) {
		form.hidden = false;
		form.addEventListener("submit", (event) => {
			event.preventDefault();
			send(form);
		});
	}
	addEventListener("hashchange", openTarget);
	openTarget();
})();
