package io.github.loopthread.benchmarks;

import tools.jackson.databind.json.JsonMapper;

/**
 * What a client process is for: one way, and what each fan-out calls.
 */
record ClientRequest(String way, Target target, String certificate, int calls) {

	String json() {
		return JsonMapper.shared().writeValueAsString(this);
	}

	static ClientRequest parse(String json) {
		return JsonMapper.shared().readValue(json, ClientRequest.class);
	}

}
