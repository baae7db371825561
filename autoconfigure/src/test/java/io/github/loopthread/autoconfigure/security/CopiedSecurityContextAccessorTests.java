package io.github.loopthread.autoconfigure.security;

import java.time.Duration;

import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;

import io.github.loopthread.LoopContext;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;

import static java.util.Collections.emptyList;
import static java.util.Collections.singletonList;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link CopiedSecurityContextAccessor}.
 */
class CopiedSecurityContextAccessorTests {

	private final Authentication alice = new TestingAuthenticationToken("alice", "secret");

	@Test
	void callerThatLogsOutDoesNotDoSoForItsTask() {
		ContextSnapshot snapshot = capture();
		SecurityContextHolder.getContext().setAuthentication(null);
		SecurityContextHolder.clearContext();
		try (ContextSnapshot.Scope scope = snapshot.setThreadLocals()) {
			assertThat(SecurityContextHolder.getContext().getAuthentication()).isSameAs(this.alice);
		}
		assertThat(SecurityContextHolder.getContext().getAuthentication()).isNull();
	}

	@Test
	void taskThatChangesWhatItFindsInReactorsContextDoesNotDoSoForItsCaller() {
		SecurityContext found = capture().updateContext(Context.empty()).get(SecurityContext.class.getName());
		assertThat(found.getAuthentication()).isSameAs(this.alice);
		found.setAuthentication(null);
		assertThat(SecurityContextHolder.getContext().getAuthentication()).isSameAs(this.alice);
	}

	@Test
	void tasksWithoutAuthenticationDoNotShareContextThatOneOfThemMayFill() {
		LoopThread loopThread = new LoopThread(LoopSettings.defaults(), emptyList(),
				new LoopContext(CopiedSecurityContextAccessorTests::snapshots, emptyList()));
		loopThread.start();
		try {
			LoopTemplate loop = new LoopTemplate(loopThread, Duration.ofSeconds(20));
			Mono<SecurityContext> context = Mono.fromSupplier(SecurityContextHolder::getContext);
			SecurityContext first = loop.execute(context);
			assertThat(first).isNotNull();
			first.setAuthentication(this.alice);
			SecurityContext second = loop.execute(context);
			assertThat(second).isNotNull();
			assertThat(second.getAuthentication()).isNull();
		}
		finally {
			loopThread.stop();
		}
	}

	private ContextSnapshot capture() {
		SecurityContextHolder.setContext(new SecurityContextImpl(this.alice));
		return snapshots().captureAll();
	}

	private static ContextSnapshotFactory snapshots() {
		return LoopContext.snapshotFactory(emptyList(), singletonList(new CopiedSecurityContextAccessor()));
	}

}
