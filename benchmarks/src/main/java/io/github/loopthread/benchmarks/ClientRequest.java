package io.github.loopthread.benchmarks;

import java.time.Duration;

import tools.jackson.databind.json.JsonMapper;

/**
 * What a client process is to do. It ends after so many seconds, or so many requests if
 * that comes first.
 */
record ClientRequest(String way, Target target, String certificate, int callers, int calls, double warmUpSeconds,
		double seconds, long requests) {

	Duration warmUp() {
		return Duration.ofMillis((long) (this.warmUpSeconds * 1000));
	}

	Duration measured() {
		return Duration.ofMillis((long) (this.seconds * 1000));
	}

	String json() {
		return JsonMapper.shared().writeValueAsString(this);
	}

	static ClientRequest parse(String json) {
		return JsonMapper.shared().readValue(json, ClientRequest.class);
	}

}
