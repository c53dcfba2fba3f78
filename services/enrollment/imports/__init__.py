"""Takes in the files of clerks: reads rows, says what is wrong with each and how to mend it, hands on the good ones."""
