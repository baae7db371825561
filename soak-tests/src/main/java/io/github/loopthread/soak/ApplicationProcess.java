package io.github.loopthread.soak;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.util.StringUtils;
import tools.jackson.databind.json.JsonMapper;

/**
 * The process of the application. It is told what to do in lines of standard input, and
 * answers each with a line of standard output when that has been done. It ends with its
 * input.
 */
final class ApplicationProcess {

	static final String ANSWER = "::";

	private final ServletWebServerApplicationContext context;

	private final Faults faults;

	private final CensusTaker census;

	private ApplicationProcess(ServletWebServerApplicationContext context) {
		this.context = context;
		this.faults = context.getBean(Faults.class);
		this.census = context.getBean(CensusTaker.class);
	}

	static void play(int upstreamPort) throws Exception {
		try (ServletWebServerApplicationContext context = SoakApplication.run(upstreamPort);
				BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
			ApplicationProcess process = new ApplicationProcess(context);
			for (String line = input.readLine(); line != null; line = input.readLine()) {
				Object answer = process.answer(StringUtils.tokenizeToStringArray(line, " "));
				System.out.println(ANSWER + JsonMapper.shared().writeValueAsString(answer));
			}
		}
		System.exit(0);
	}

	private Object answer(String[] words) throws Exception {
		switch (Command.valueOf(words[0])) {
			case PORT -> {
				return this.context.getWebServer().getPort();
			}
			case BLOCK -> this.faults.block(Duration.ofMillis(Long.parseLong(words[1])));
			case CANCEL -> this.faults.cancelAll();
			case INTERRUPT -> this.faults.interruptAll();
			case RESTART -> this.faults.restart();
			case FATAL -> this.faults.throwFatalErrors(Boolean.parseBoolean(words[1]));
			case AWAIT_END -> this.census.awaitAllEnded();
			case CENSUS -> {
				return this.census.take();
			}
			case ACCOUNT -> {
				return this.census.account();
			}
		}
		return "done";
	}

	/**
	 * What it can be told.
	 */
	enum Command {

		PORT, BLOCK, CANCEL, INTERRUPT, RESTART, FATAL, AWAIT_END, CENSUS, ACCOUNT

	}

}
