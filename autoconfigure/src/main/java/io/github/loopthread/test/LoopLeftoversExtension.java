package io.github.loopthread.test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

import org.springframework.util.ClassUtils;

import io.github.loopthread.LoopScope;
import io.github.loopthread.LoopThread;

/**
 * A JUnit Jupiter extension: a test that leaves a task, stream, scope or lease open
 * fails, with a message that says of each what it waits for and where it comes from.
 * Register it with {@code @ExtendWith(LoopLeftoversExtension.class)}.
 * <p>
 * <b>Where it looks.</b> After each test and its {@code @AfterEach} methods: at the loops
 * of the test's application context, if Spring manages the test, at those in fields of
 * the test, and for scopes of the test's thread, also those of
 * {@link io.github.loopthread.LoopOperations#direct()}, which it closes. A test without
 * any of them passes. A context that has been closed by then has ended everything itself,
 * and said so in the log.
 * <p>
 * <b>What counts.</b> What was open before the test is not the test's, and what is about
 * to end gets two seconds to do so. Of tests that use a loop at the same time, the last
 * one to end answers for all of them, as nobody else can tell them apart.
 *
 * @since 1.0.0
 * @see LoopLeftovers
 */
public final class LoopLeftoversExtension
		implements BeforeEachCallback, BeforeTestExecutionCallback, AfterEachCallback {

	private static final Namespace NAMESPACE = Namespace.create(LoopLeftoversExtension.class);

	private static final boolean SPRING_PRESENT = ClassUtils.isPresent(
			"org.springframework.test.context.junit.jupiter.SpringExtension",
			LoopLeftoversExtension.class.getClassLoader());

	private final Duration patience;

	/**
	 * Create an extension that waits for two seconds.
	 */
	public LoopLeftoversExtension() {
		this(LoopLeftovers.PATIENCE);
	}

	/**
	 * Create an extension, to be registered with {@code @RegisterExtension}.
	 * @param patience how long to wait for what is about to end, zero or more
	 * @throws IllegalArgumentException when the time is {@code null} or negative
	 */
	public LoopLeftoversExtension(Duration patience) {
		LoopLeftovers.assertPatience(patience);
		this.patience = patience;
	}

	@Override
	public void beforeEach(ExtensionContext context) {
		begin(context);
	}

	@Override
	public void beforeTestExecution(ExtensionContext context) {
		// With @DirtiesContext the application context may be another one by now
		begin(context);
	}

	@Override
	public void afterEach(ExtensionContext context) {
		// Nobody else could close them, and the next test of the thread would be in them
		List<String> left = new ArrayList<>(LoopScope.closeForgotten());
		Set<String> tests = new LinkedHashSet<>(Set.of(nameOf(context)));
		Set<LoopThread> begun = begun(context);
		for (LoopThread loop : begun) {
			TestedLoop.end(loop, (known, sharers) -> {
				tests.addAll(sharers);
				left.addAll(LoopLeftovers.awaitEnd(loop, known, this.patience));
			});
		}
		// Those that a @BeforeEach method has made
		fields(context).filter((loop) -> !begun.contains(loop))
			.forEach((loop) -> left.addAll(LoopLeftovers.awaitEnd(loop, Set.of(), this.patience)));
		LoopLeftovers.assertNone(left, (tests.size() > 1)
				? "One of the tests that used a loop at the same time, %s,".formatted(tests) : nameOf(context));
	}

	private static void begin(ExtensionContext context) {
		Set<LoopThread> begun = begun(context);
		Stream.concat(SPRING_PRESENT ? SpringTest.loops(context) : Stream.empty(), fields(context))
			.filter(begun::add)
			.forEach((loop) -> TestedLoop.begin(loop, nameOf(context)));
	}

	@SuppressWarnings("unchecked")
	private static Set<LoopThread> begun(ExtensionContext context) {
		return context.getStore(NAMESPACE)
			.computeIfAbsent("begun", (key) -> Collections.newSetFromMap(new IdentityHashMap<>()), Set.class);
	}

	private static Stream<LoopThread> fields(ExtensionContext context) {
		return context.getRequiredTestInstances()
			.getAllInstances()
			.stream()
			.flatMap((instance) -> ReflectionSupport
				.findFields(instance.getClass(), (field) -> field.getType() == LoopThread.class,
						HierarchyTraversalMode.TOP_DOWN)
				.stream()
				.flatMap((field) -> ReflectionSupport.tryToReadFieldValue(field, instance).toOptional().stream()))
			.map(LoopThread.class::cast)
			.distinct();
	}

	private static String nameOf(ExtensionContext context) {
		return "%s.%s".formatted(context.getRequiredTestClass().getSimpleName(), context.getDisplayName());
	}

}
