package io.github.loopthread;

import java.util.Map;
import java.util.Map.Entry;
import java.util.NoSuchElementException;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.util.context.Context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * That the context of a task behaves as Reactor's own does, whatever operators do to it.
 */
class TaskReactorContextTests {

	private static final Context VALUES = Context.of("user", "alice", "locale", "de");

	private final LoopBoundary task = LoopTask.notStarted(TaskOrigin.internal("test", Deadline.after(null)),
			new IllegalStateException());

	private final Context ours = TaskReactorContext.of(this.task, null, VALUES);

	private final Context reactors = VALUES.put(LoopBoundary.class, this.task);

	@Test
	void hasTaskAndValues() {
		assertThat(LoopBoundary.of(this.ours)).isSameAs(this.task);
		assertThat(this.ours.<Object>get("user")).isEqualTo("alice");
		assertThat(this.ours.toString()).startsWith("TaskReactorContext{").contains("user=alice").endsWith("}");
	}

	@ParameterizedTest
	@MethodSource
	void isLikeReactorsOwn(Change change) {
		assertSame(change.apply(this.ours), change.apply(this.reactors));
		assertSame(this.ours, this.reactors);
	}

	static Stream<Change> isLikeReactorsOwn() {
		return Stream.of((context) -> context, (context) -> context.put("more", 1),
				(context) -> context.put("user", "bob"), (context) -> context.put(LoopBoundary.class, "other"),
				(context) -> context.delete("user"), (context) -> context.delete("none"),
				(context) -> context.delete(LoopBoundary.class), (context) -> context.put("more", 1).delete("more"),
				(context) -> context.put("user", "bob").delete("user"),
				(context) -> context.put("user", "bob").put("user", "carol"),
				(context) -> context.putAllMap(Map.of("a", 1, "user", "bob")),
				(context) -> context.putAll(Context.of("a", 1, "user", "bob").readOnly()),
				(context) -> context.putAll(context.put("more", 1).readOnly()),
				(context) -> context.put("user", "bob").putAll(context.readOnly()),
				(context) -> context.put(LoopBoundary.class, "other").put("more", 1).putAll(context.readOnly()),
				(context) -> context.put("more", 1).putAll(context.put("more", 2).put("a", 3).readOnly()),
				(context) -> Context.of("a", 1, "user", "bob").putAll(context.readOnly()),
				(context) -> Context.of(Map.of("a", 1, "b", 2, "c", 3, "d", 4, "e", 5, "user", "bob"))
					.putAll(context.readOnly()),
				(context) -> context
					.putAll(Context.of(Map.of("a", 1, "b", 2, "c", 3, "d", 4, "e", 5, "user", "bob")).readOnly()));
	}

	@Test
	void contextOfOtherTaskWins() {
		LoopBoundary other = LoopTask.notStarted(TaskOrigin.internal("other", Deadline.after(null)),
				new IllegalStateException());
		Context merged = this.ours.putAll(TaskReactorContext.of(other, null, Context.of("user", "bob")).readOnly());
		assertThat(LoopBoundary.of(merged)).isSameAs(other);
		assertThat(merged.<Object>get("user")).isEqualTo("bob");
		assertThat(merged.<Object>get("locale")).isEqualTo("de");
	}

	@Test
	void refusesKeyThatIsNotThere() {
		assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(() -> this.ours.get("none"))
			.withMessageContaining("none");
	}

	private static void assertSame(Context ours, Context reactors) {
		assertThat(ours.stream()).containsExactlyInAnyOrderElementsOf(reactors.stream().toList());
		assertThat(ours.size()).isEqualTo(reactors.size());
		assertThat(ours.isEmpty()).isEqualTo(reactors.isEmpty());
		for (Entry<Object, Object> entry : reactors.stream().toList()) {
			assertThat(ours.hasKey(entry.getKey())).isTrue();
			assertThat(ours.<Object>get(entry.getKey())).isEqualTo(entry.getValue());
		}
		for (Object key : new Object[] { "none", "user", "more", LoopBoundary.class }) {
			assertThat(ours.hasKey(key)).isEqualTo(reactors.hasKey(key));
			assertThat(ours.<Object>getOrDefault(key, "default")).isEqualTo(reactors.getOrDefault(key, "default"));
		}
	}

	private interface Change {

		Context apply(Context context);

	}

}
