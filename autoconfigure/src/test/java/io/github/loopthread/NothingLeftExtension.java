package io.github.loopthread;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.TestInstanceFactoryContext;
import org.junit.jupiter.api.extension.TestInstancePreConstructCallback;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

import org.springframework.beans.DirectFieldAccessor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The census after every test: no thread of a loop is left, no buffer, and no socket or
 * selector that was not there before; the loop in a field of the test has all its permits
 * back, and the pool all its connections. Nothing has blocked a loop's thread but tests
 * that do so on purpose. Registered for the whole suite.
 */
public final class NothingLeftExtension
		implements TestInstancePreConstructCallback, BeforeEachCallback, AfterEachCallback {

	/**
	 * Tag of tests that use HTTP clients that are not ours, whose sockets are kept alive.
	 */
	public static final String OTHER_CLIENTS = "other-clients";

	private static final Namespace NAMESPACE = Namespace.create(NothingLeftExtension.class);

	// Set where many mutants of our classes run in one process, one after the other
	private static final boolean MUTATION = Boolean.getBoolean("mutation");

	private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

	static {
		// Before the first census: it opens a socket of its own
		BlockingCalls.areFound();
		// Most of what tests wait for is there at once or in a moment
		Awaitility.setDefaultPollDelay(Duration.ZERO);
		Awaitility.setDefaultPollInterval(Duration.ofMillis(10));
		// The JDK keeps one socket for itself from the first that is closed
		try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
				Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
			assertThat(client.isConnected()).isTrue();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void preConstructTestInstance(TestInstanceFactoryContext instance, ExtensionContext context) {
		// What an earlier mutant has left behind must not be held against this one
		context.getStore(NAMESPACE).put("threads", MUTATION ? threadsOfLoops() : List.of());
		context.getStore(NAMESPACE).put("buffers", MUTATION ? BufferCensus.open() : 0L);
	}

	@Override
	public void beforeEach(ExtensionContext context) {
		context.getStore(NAMESPACE).put("sockets", sockets());
	}

	@Override
	@SuppressWarnings("unchecked")
	public void afterEach(ExtensionContext context) {
		assertThat(BlockingCalls.take()).extracting(NothingLeftExtension::stackOf)
			.as("blocking calls on a loop's thread")
			.isEmpty();
		Store before = context.getStore(NAMESPACE);
		// What has ended is gone at once; a busy machine may pause for two seconds
		await().pollInSameThread().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
			assertThat(threadsOfLoops()).isSubsetOf((Iterable<Thread>) before.get("threads"));
			assertThat(BufferCensus.open()).as("buffers not released")
				.isLessThanOrEqualTo((long) before.get("buffers"));
			fields(context, LoopThread.class).forEach(NothingLeftExtension::assertPermitsAreBack);
			fields(context, PoolCensus.class).forEach((pool) -> assertThat(pool).hasToString("0 acquired, 0 pending"));
			if (!context.getTags().contains(OTHER_CLIENTS)) {
				assertThat(sockets()).as("open sockets and selectors")
					.isSubsetOf((Iterable<Object>) before.get("sockets"));
			}
		});
	}

	private static String stackOf(Throwable call) {
		StringWriter stack = new StringWriter();
		call.printStackTrace(new PrintWriter(stack));
		return stack.toString();
	}

	/**
	 * Return the fields of the test that are of a type.
	 */
	private static <T> Stream<T> fields(ExtensionContext context, Class<T> type) {
		Object test = context.getRequiredTestInstance();
		return ReflectionSupport
			.findFields(test.getClass(), (field) -> field.getType() == type, HierarchyTraversalMode.TOP_DOWN)
			.stream()
			.map((field) -> type.cast(new DirectFieldAccessor(test).getPropertyValue(field.getName())))
			.filter(Objects::nonNull);
	}

	private static void assertPermitsAreBack(LoopThread loopThread) {
		assertThat(loopThread.activeTasks()).as("tasks").isZero();
		if (loopThread.getGeneration() > 0) {
			DirectFieldAccessor loop = new DirectFieldAccessor(loopThread);
			Semaphore permits = (Semaphore) loop.getPropertyValue("lifecycle.current.work.tasks.permits");
			assertThat(permits).extracting(Semaphore::availablePermits)
				.as("permits")
				.isEqualTo(loop.getPropertyValue("settings.maxConcurrentTasks"));
			assertThat(loopThread.openLeases()).as("leases").isZero();
			assertThat(loopThread.openScopes()).as("scopes").isZero();
		}
	}

	private static List<Thread> threadsOfLoops() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread instanceof EventLoopThread || thread instanceof CaretakerThread)
			.toList();
	}

	/**
	 * Return the open sockets and selectors. Other files come and go with classes that
	 * are loaded.
	 */
	private static Set<Object> sockets() {
		if (!Files.isDirectory(DESCRIPTORS)) {
			return Set.of();
		}
		try (Stream<Path> descriptors = Files.list(DESCRIPTORS)) {
			return descriptors.map((descriptor) -> descriptor.getFileName() + " " + target(descriptor))
				.filter((target) -> target.contains("socket:") || target.contains("anon_inode:"))
				.collect(Collectors.<Object>toSet());
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String target(Path descriptor) {
		try {
			return Files.readSymbolicLink(descriptor).toString();
		}
		catch (IOException ex) {
			// Closed since it was listed
			return "";
		}
	}

}
