package io.github.loopthread.benchmarks;

import java.util.List;

import org.slf4j.MDC;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;

/**
 * What the thread of a caller has that is to be carried: two entries of the MDC, as a
 * filter would put there, and an authentication.
 */
public final class CallerValues {

	static final String USER = "user";

	private CallerValues() {
	}

	public static void set() {
		MDC.put("request", "4711");
		MDC.put(USER, "alice");
		SecurityContextHolder
			.setContext(new SecurityContextImpl(new TestingAuthenticationToken("alice", "secret", List.of())));
	}

	public static void clear() {
		MDC.clear();
		SecurityContextHolder.clearContext();
	}

}
