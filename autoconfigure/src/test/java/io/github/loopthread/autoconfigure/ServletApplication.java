package io.github.loopthread.autoconfigure;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionEvaluationReport;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Configuration;

/**
 * A servlet application with every auto-configuration on the classpath, that says which
 * of them it has considered, which beans of ours it has, and ends.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class ServletApplication {

	public static void main(String[] args) {
		try (var context = (ServletWebServerApplicationContext) SpringApplication.run(ServletApplication.class, args)) {
			System.out.println("port " + context.getWebServer().getPort());
			ConditionEvaluationReport.get(context.getBeanFactory())
				.getConditionAndOutcomesBySource()
				.keySet()
				.forEach((source) -> System.out.println("considered " + source));
			for (String name : context.getBeanDefinitionNames()) {
				Class<?> type = context.getType(name);
				boolean ours = type != null && type.getName().startsWith("io.github.loopthread.");
				if (type != ServletApplication.class && (ours || name.startsWith("loop"))) {
					System.out.println("bean " + name);
				}
			}
		}
	}

}
