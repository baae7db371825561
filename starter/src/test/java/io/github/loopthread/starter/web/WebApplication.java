package io.github.loopthread.starter.web;

import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * The application that the slices are of.
 */
@SpringBootApplication
class WebApplication {

}
