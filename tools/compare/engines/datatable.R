# R's data.table; one process, so it says how long each part took.
what <- commandArgs(TRUE)[1]
suppressMessages(library(data.table))
if (what == "version") {
  cat(as.character(packageVersion("data.table")), "\n")
  quit()
}
setDTthreads(0)
now <- function() { used <- proc.time(); c(used[["elapsed"]], used[["user.self"]] + used[["sys.self"]]) }
began <- now()
score <- fread("score.csv", select = c("contract_no", "indicator", "party", "score"))
contract <- fread("compared/contract.csv")
leaf <- fread("compared/leaf_weight.csv")
party <- fread("compared/party_weight.csv")
loaded <- now()

setkey(score, contract_no, indicator, party, score)
recipient <- score[party == "recipient"]
recipient[, c("place", "answers") := list(seq_len(.N), .N), by = .(contract_no, indicator)]
kept <- recipient[answers < 20 | (place > answers %/% 10 & place <= answers - answers %/% 10)]
cell <- rbind(
  kept[, .(value = mean(score)), by = .(contract_no, indicator, party)],
  score[party != "recipient", .(value = mean(score)), by = .(contract_no, indicator, party)])
value <- cell[party, on = c("indicator", "party"), nomatch = NULL][, .(value = sum(value * weight) / sum(weight)), by = .(contract_no, indicator)]
dimension <- value[leaf, on = "indicator", nomatch = NULL][, .(value = sum(value * weight) / sum(weight), weight = parent_weight[1]), by = .(contract_no, parent)]
evaluation <- dimension[, .(value = sum(value * weight) / sum(weight)), by = contract_no]
supplier <- evaluation[contract, on = "contract_no", nomatch = NULL][, .(value = sum(value * amount_yuan) / sum(amount_yuan)), by = supplier_id]
computed <- now()

full <- function(x) sprintf("%.17g", x)
fwrite(evaluation[, .(contract_no, full(value))], "evaluation.csv", col.names = FALSE, quote = FALSE)
fwrite(supplier[, .(supplier_id, full(value))], "supplier.csv", col.names = FALSE, quote = FALSE)
cat("load", loaded - began, "\n")
cat("compute", computed - loaded, "\n")
