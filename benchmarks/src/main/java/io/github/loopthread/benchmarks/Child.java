package io.github.loopthread.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import tools.jackson.databind.json.JsonMapper;

/**
 * A process that this one has started, with one of the roles of {@link Benchmarks}.
 */
final class Child implements AutoCloseable {

	private static final String END = "";

	// For what takes no time: starting, above all, where others load the machine as well,
	// and ending, when an AOT cache may be written
	private static final Duration PATIENCE = Duration.ofMinutes(3);

	private final String role;

	private final Process process;

	private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();

	private Child(String role, Process process) {
		this.role = role;
		this.process = process;
		Thread reader = new Thread(this::read, "child-" + role);
		reader.setDaemon(true);
		reader.start();
	}

	static Child start(String role, Object... args) throws IOException {
		return start(List.of(), role, args);
	}

	/** The same, with options of the JVM. */
	static Child start(List<String> jvmOptions, String role, Object... args) throws IOException {
		List<String> options = new ArrayList<>(jvmOptions);
		// A limit and no more: many of them are there at once, and most of them idle
		options.add("-Xmx1g");
		return startOn(System.getProperty("java.class.path"), options, role, args);
	}

	static Child startOn(String classPath, List<String> jvmOptions, String role, Object... args) throws IOException {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.add("--enable-native-access=ALL-UNNAMED");
		command.addAll(jvmOptions);
		command.addAll(List.of("-cp", classPath, Benchmarks.class.getName(), Benchmarks.ROLE + role));
		for (Object arg : args) {
			command.add(String.valueOf(arg));
		}
		return new Child(role, new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
	}

	/**
	 * Wait for the next thing that the child tells.
	 * @throws IllegalStateException when it has ended without, or does not in time
	 */
	<T> T await(Class<T> type) throws InterruptedException {
		return await(type, Duration.ZERO);
	}

	/** The same, for something that takes so long in itself. */
	<T> T await(Class<T> type, Duration work) throws InterruptedException {
		Duration limit = PATIENCE.plus(work);
		String message = this.messages.poll(limit.toMillis(), TimeUnit.MILLISECONDS);
		if (message == null || message.equals(END)) {
			throw new IllegalStateException("Process '%s' has %s without telling its %s".formatted(this.role,
					(message != null) ? "ended" : "run for " + limit, type.getSimpleName()));
		}
		return JsonMapper.shared().readValue(message, type);
	}

	/** Tell it what to do next. */
	void tell(Object message) throws IOException {
		OutputStream input = this.process.getOutputStream();
		input.write((JsonMapper.shared().writeValueAsString(message) + "\n").getBytes(StandardCharsets.UTF_8));
		input.flush();
	}

	/** Tell it that no more is wanted, and wait for its end. */
	@Override
	public void close() throws Exception {
		this.process.getOutputStream().close();
		if (!this.process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
			System.err.println("Process '%s' does not end and is killed".formatted(this.role));
			this.process.destroyForcibly().waitFor(20, TimeUnit.SECONDS);
		}
	}

	private void read() {
		try (BufferedReader lines = new BufferedReader(
				new InputStreamReader(this.process.getInputStream(), StandardCharsets.UTF_8))) {
			for (String line = lines.readLine(); line != null; line = lines.readLine()) {
				if (line.startsWith(Parent.MARK)) {
					this.messages.add(line.substring(Parent.MARK.length()));
				}
				else {
					System.err.println(this.role + ": " + line);
				}
			}
		}
		catch (IOException ex) {
			System.err.println(this.role + ": " + ex);
		}
		this.messages.add(END);
	}

}
