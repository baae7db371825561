package io.github.loopthread;

import java.util.Collections;
import java.util.List;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * That what a loop is made of is checked where it is handed in. The arguments of
 * operations are for the tests of those.
 */
@Timeout(60)
class ArgumentsTests {

	private final LoopSettings settings = LoopSettings.defaults();

	private final LoopThread loopThread = new LoopThread(this.settings, List.of());

	@Test
	void whatIsMissingIsNamed() {
		assertRefused("'settings' must not be null", () -> new LoopThread(null, List.of()));
		assertRefused("'resources' must not be null", () -> new LoopThread(this.settings, null));
		assertRefused("'resources' must not contain null",
				() -> new LoopThread(this.settings, Collections.singletonList(null)));
		assertRefused("'context' must not be null", () -> new LoopThread(this.settings, List.of(), null));
		assertRefused("'listeners' must not be null",
				() -> this.loopThread.addListener((LoopTaskListener.Factory) null));
		assertRefused("'listener' must not be null", () -> this.loopThread.addListener((LoopListener) null));
		assertRefused("'work' must not be null", () -> this.loopThread.describeCallersWith(null));
		assertRefused("'snapshots' must not be null", () -> new LoopContext(null, List.of()));
		assertRefused("'listeners' must not be null", () -> new LoopContext(() -> null, null));
	}

	@Test
	void whatIsMissingOfResourceIsNamed() {
		assertRefused("'open' must not be null", () -> LoopResource.of("name", null, (value) -> Mono.empty()));
		assertRefused("'close' must not be null", () -> LoopResource.of("name", (loop) -> Mono.just(1), null));
		assertRefused("'name' must not be blank or contain control characters, but is ' '",
				() -> LoopResource.of(" ", (loop) -> Mono.just(1), (value) -> Mono.empty()));
	}

	@Test
	void resourceKnowsWhatIsOpen() {
		LoopResource<String> resource = LoopResource.of("first", (loop) -> Mono.just("open"), (value) -> Mono.empty());
		LoopThread withResource = new LoopThread(this.settings, List.of(resource));
		assertThat(resource.current()).isNull();
		withResource.start();
		assertThat(resource.current()).isEqualTo("open");
		withResource.stop();
		assertThat(resource.current()).isNull();
	}

	private static void assertRefused(String message, ThrowingCallable attempt) {
		assertThatIllegalArgumentException().isThrownBy(attempt).withMessage(message);
	}

}
