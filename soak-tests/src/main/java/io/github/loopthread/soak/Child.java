package io.github.loopthread.soak;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import tools.jackson.databind.json.JsonMapper;

import io.github.loopthread.soak.ApplicationProcess.Command;

/**
 * The application's process, seen from this one. What it logs goes to a file.
 */
final class Child implements AutoCloseable {

	private static final int PATIENCE_SECONDS = 60;

	/** For a JVM that lives no longer, the best compiler costs more than it saves. */
	private static final Duration SHORT = Duration.ofMinutes(5);

	private final Process process;

	private final PrintWriter log;

	private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

	private final AtomicInteger leaks = new AtomicInteger();

	private Child(Process process, PrintWriter log) {
		this.process = process;
		this.log = log;
		start(process.getInputStream(), "child-output");
		start(process.getErrorStream(), "child-errors");
	}

	static Child start(int upstreamPort, Duration lifetime, Path log) throws IOException {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.addAll(List.of("-Xmx384m", "--enable-native-access=ALL-UNNAMED"));
		command.add("-Dio.netty.leakDetection.level=advanced");
		if (lifetime.compareTo(SHORT) < 0) {
			command.add("-XX:TieredStopAtLevel=1");
		}
		command.addAll(List.of("-cp", System.getProperty("java.class.path"), Soak.class.getName(), Soak.APPLICATION,
				String.valueOf(upstreamPort)));
		return new Child(new ProcessBuilder(command).start(),
				new PrintWriter(Files.newBufferedWriter(log, StandardCharsets.UTF_8), true));
	}

	/**
	 * Tell the application to do something and wait until it has.
	 */
	synchronized void tell(Command command, Object... arguments) throws Exception {
		ask(String.class, command, arguments);
	}

	/**
	 * Ask the application and wait for its answer.
	 * @throws IllegalStateException when it has ended, or does not answer in time
	 */
	synchronized <T> T ask(Class<T> type, Command command, Object... arguments) throws Exception {
		StringBuilder line = new StringBuilder(command.name());
		for (Object argument : arguments) {
			line.append(' ').append(argument);
		}
		this.process.getOutputStream().write(line.append('\n').toString().getBytes(StandardCharsets.UTF_8));
		this.process.getOutputStream().flush();
		String answer = this.answers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
		if (answer == null) {
			throw new IllegalStateException("The application %s and has not answered to %s"
				.formatted(this.process.isAlive() ? "runs" : "has ended", command));
		}
		return JsonMapper.shared().readValue(answer, type);
	}

	/**
	 * Send the process a signal, such as {@code STOP}.
	 */
	void signal(String signal) throws Exception {
		Process kill = new ProcessBuilder("/bin/sh", "-c", "kill -%s %d".formatted(signal, this.process.pid()))
			.inheritIO()
			.start();
		if (!kill.waitFor(20, TimeUnit.SECONDS) || kill.exitValue() != 0) {
			throw new IllegalStateException("Signal %s could not be sent".formatted(signal));
		}
	}

	/**
	 * Return how often Netty has reported a buffer that was not released.
	 */
	int leaks() {
		return this.leaks.get();
	}

	@Override
	public void close() throws Exception {
		this.process.getOutputStream().close();
		if (!this.process.waitFor(20, TimeUnit.SECONDS)) {
			this.process.destroyForcibly().waitFor(20, TimeUnit.SECONDS);
		}
		this.log.close();
	}

	private void start(InputStream stream, String name) {
		Thread reader = new Thread(() -> read(stream), name);
		reader.setDaemon(true);
		reader.start();
	}

	private void read(InputStream stream) {
		try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
			for (String line = lines.readLine(); line != null; line = lines.readLine()) {
				if (line.startsWith(ApplicationProcess.ANSWER)) {
					this.answers.add(line.substring(ApplicationProcess.ANSWER.length()));
					continue;
				}
				if (line.contains("LEAK:")) {
					this.leaks.incrementAndGet();
				}
				this.log.println(line);
			}
		}
		catch (IOException ex) {
			this.log.println(ex);
		}
	}

}
